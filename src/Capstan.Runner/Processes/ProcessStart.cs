using System.Runtime.InteropServices;
using System.Text;

namespace Capstan.Runner.Processes;

/// <summary>A program to start: an absolute path, its arguments (the first is its name), its whole environment (null: this process's own) and its folder.</summary>
internal sealed record ProcessStart(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string>? Environment,
    string Folder);

/// <summary>
/// Starts programs by <c>posix_spawn</c>: a new session, default signals (the runtime ignores SIGPIPE, which children would inherit), standard input empty,
/// standard output and error on one pipe, so that their lines stay in order.
/// </summary>
internal static unsafe class Spawner
{
    /// <param name="error">Where standard error goes; null: where standard output goes.</param>
    /// <returns>The process id, or minus the error number.</returns>
    public static int Start(ProcessStart start, int output, int? error = null)
    {
        var actions = stackalloc byte[Posix.StructureBytes];
        var attributes = stackalloc byte[Posix.StructureBytes];
        var signals = stackalloc byte[Posix.StructureBytes];
        _ = Posix.ActionsInit(actions);
        _ = Posix.AttributesInit(attributes);
        using var arguments = new NativeStrings(start.Arguments.Count, start.Arguments);
        using var environment = start.Environment is null ? default : new NativeStrings(start.Environment.Count, Entries(start.Environment));
        try
        {
            _ = Posix.ActionsChangeFolder(actions, start.Folder);
            _ = Posix.ActionsOpen(actions, 0, "/dev/null", Posix.ReadOnly, 0);
            _ = Posix.ActionsDuplicate(actions, output, 1);
            _ = Posix.ActionsDuplicate(actions, error ?? output, 2);
            _ = Posix.AttributesFlags(attributes, Posix.SpawnNewSession | Posix.SpawnSetSignalMask | Posix.SpawnSetSignalDefaults);
            _ = Posix.SignalsNone(signals);
            _ = Posix.AttributesSignalMask(attributes, signals);
            _ = Posix.SignalsAll(signals);
            _ = Posix.AttributesSignalDefaults(attributes, signals);

            int process;
            var path = Marshal.StringToCoTaskMemUTF8(start.Program);
            var refusal = Posix.Spawn(&process, (byte*)path, actions, attributes, arguments.Pointers, start.Environment is null ? Posix.Environment : environment.Pointers);
            Marshal.FreeCoTaskMem(path);
            return refusal == 0 ? process : -refusal;
        }
        finally
        {
            _ = Posix.ActionsDestroy(actions);
            _ = Posix.AttributesDestroy(attributes);
        }
    }

    private static IEnumerable<string> Entries(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment) yield return name + "=" + value;
    }

    /// <summary>A null-terminated array of null-terminated UTF-8 strings. A string ends at a NUL inside it, as the C library would read it.</summary>
    private readonly ref struct NativeStrings : IDisposable
    {
        private readonly int count;

        public NativeStrings(int count, IEnumerable<string> texts)
        {
            this.count = count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(count + 1), (nuint)sizeof(byte*));
            var index = 0;
            foreach (var text in texts)
            {
                var length = Encoding.UTF8.GetByteCount(text);
                var bytes = (byte*)NativeMemory.Alloc((nuint)length + 1);
                Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
                bytes[length] = 0;
                Pointers[index++] = bytes;
            }
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            if (Pointers == null) return;
            for (var i = 0; i < count; i++) NativeMemory.Free(Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }
}
