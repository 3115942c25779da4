using System.Runtime.InteropServices;

namespace Capstan.Runner.Processes;

/// <summary>
/// The system calls a step needs, straight from the C library: <c>System.Diagnostics.Process</c> costs three times as much a start, cannot begin a session,
/// and takes 16 ms the first time. Error numbers are read by <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static unsafe partial class Posix
{
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int Create = 0x40;
    public const int Truncate = 0x200;
    public const short PollIn = 1;
    public const short PollHangUp = 0x10;
    public const int WaitNoHang = 1;
    public const int WaitExited = 4;
    public const int WaitNoReap = 0x1000000;
    public const int NoChild = 10;
    public const int NoSuchFile = 2;
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    /// <summary>With the zero at its end.</summary>
    public const int LongestPath = 4096;

    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigPipe = 13;

    /// <summary>Larger than the C library's <c>posix_spawn</c> structures and <c>sigset_t</c> on every architecture (glibc: 336, 80 and 128 bytes).</summary>
    public const int StructureBytes = 1024;

    public const short SpawnSetSignalMask = 0x08;
    public const short SpawnSetSignalDefaults = 0x04;
    public const short SpawnNewSession = 0x80;

    private const string C = "libc";

    /// <summary>In what <c>statx</c> answers.</summary>
    private const int LinksOffset = 16;
    private const int UserOffset = 20;
    private const int ModeOffset = 28;
    private const int LengthOffset = 40;
    private const int ChangedOffset = 112;

    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int AccessBits = 0xFFF;

    /// <summary>Without those that make a program run as somebody else.</summary>
    private const int PermissionBits = 0x1FF;

    private const int ReadAndWrite = 0x180;
    private const int AccessOfFiles = 0x1B6;
    private const int AccessOfFolders = 0x1FF;

    private static readonly Lazy<int> Mask = new(ReadMask);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }

    /// <summary>What a file's copy needs to know of it.</summary>
    public readonly struct FileDescription
    {
        public long Length { get; init; }

        /// <summary>What <c>chmod</c> takes, without the bits that make a program run as somebody else.</summary>
        public int Access { get; init; }

        /// <summary>When its bytes changed last, since 1970.</summary>
        public long ChangedSeconds { get; init; }

        public uint ChangedNanoseconds { get; init; }
    }

    [LibraryImport(C, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* descriptors, int flags);

    [LibraryImport(C, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nint count);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nint count);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <param name="mode">Of a file that is made.</param>
    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(C, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(int descriptor, int mode);

    /// <param name="times">Of access and of change, each in seconds since 1970 and nanoseconds.</param>
    [LibraryImport(C, EntryPoint = "futimens", SetLastError = true)]
    public static partial int SetTimes(int descriptor, long* times);

    [LibraryImport(C, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(C, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int value);

    [LibraryImport(C, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport(C, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(C, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport(C, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitProcess(int process, int* status, int options);

    /// <param name="information">A <c>siginfo_t</c>: less than <see cref="StructureBytes"/>.</param>
    [LibraryImport(C, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitAny(int kind, uint id, void* information, int options);

    [LibraryImport(C, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint a, nint b);

    [LibraryImport(C, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    /// <summary>This process's own, as the C library has it: pointers to texts <c>NAME=value</c>, the last one null. What .NET was told to set is not in it.</summary>
    public static byte** Environment => *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");

    [LibraryImport(C, EntryPoint = "posix_spawn")]
    public static partial int Spawn(int* process, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int ActionsInit(void* actions);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int ActionsDestroy(void* actions);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int ActionsDuplicate(void* actions, int from, int to);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ActionsOpen(void* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ActionsChangeFolder(void* actions, string path);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_init")]
    public static partial int AttributesInit(void* attributes);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int AttributesDestroy(void* attributes);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int AttributesFlags(void* attributes, short flags);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int AttributesSignalMask(void* attributes, void* signals);

    [LibraryImport(C, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int AttributesSignalDefaults(void* attributes, void* signals);

    [LibraryImport(C, EntryPoint = "sigemptyset")]
    public static partial int SignalsNone(void* signals);

    [LibraryImport(C, EntryPoint = "sigfillset")]
    public static partial int SignalsAll(void* signals);

    /// <summary>The path without links; null when it does not exist, or cannot be looked at.</summary>
    public static string? RealPath(string path)
    {
        var buffer = stackalloc byte[LongestPath];
        return RealPath(path, buffer) == null ? null : Marshal.PtrToStringUTF8((nint)buffer);
    }

    [LibraryImport(C, EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* RealPath(string path, byte* buffer);

    /// <summary>Whether the path itself, no link followed, is a file with bytes of its own: no folder, link, pipe, socket or device.</summary>
    public static bool IsRegularFile(string path)
    {
        var status = stackalloc byte[StructureBytes];
        return IsOfType(path, RegularFile, status);
    }

    /// <summary>Whether a regular file is this user's, who may read and write it, and has no other name.</summary>
    public static bool IsOwnFile(string path)
    {
        var status = stackalloc byte[StructureBytes];
        return IsOfType(path, RegularFile, status) && IsOwn(status) && HasOneName(status) && (Access(status) & ReadAndWrite) == ReadAndWrite;
    }

    /// <summary>Whether a regular file is as this process makes one: its user's, of one name, with the access that its mask leaves.</summary>
    public static bool IsFileAsMade(string path)
    {
        var status = stackalloc byte[StructureBytes];
        return IsOfType(path, RegularFile, status) && IsOwn(status) && HasOneName(status) && Access(status) == (AccessOfFiles & ~Mask.Value) && HasNoAttributes(path);
    }

    /// <summary>Whether the path itself, no link followed, is a folder as this process makes one: its user's, with the access that its mask leaves.</summary>
    public static bool IsFolderAsMade(string path)
    {
        var status = stackalloc byte[StructureBytes];
        return IsOfType(path, Folder, status) && IsOwn(status) && Access(status) == (AccessOfFolders & ~Mask.Value) && HasNoAttributes(path);
    }

    /// <returns>False when the path itself, no link followed, is no regular file.</returns>
    public static bool TryDescribe(string path, out FileDescription file)
    {
        var status = stackalloc byte[StructureBytes];
        file = default;
        if (!IsOfType(path, RegularFile, status)) return false;
        file = new FileDescription
        {
            Length = *(long*)(status + LengthOffset),
            Access = Access(status) & PermissionBits,
            ChangedSeconds = *(long*)(status + ChangedOffset),
            ChangedNanoseconds = *(uint*)(status + ChangedOffset + sizeof(long)),
        };
        return true;
    }

    private static bool IsOfType(string path, int type, byte* status)
    {
        const int currentFolder = -100;
        const int notFollowingLinks = 0x100;
        const uint basicFields = 0x7FF;
        const int typeBits = 0xF000;
        return Status(currentFolder, path, notFollowingLinks, basicFields, status) == 0 && (*(ushort*)(status + ModeOffset) & typeBits) == type;
    }

    /// <summary>Lists of access rights are attributes, too. Where a security module marks every file, no file is as it was made.</summary>
    private static bool HasNoAttributes(string path) => ListAttributes(path, null, 0) <= 0;

    [LibraryImport(C, EntryPoint = "llistxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ListAttributes(string path, byte* names, nint size);

    private static bool HasOneName(byte* status) => *(uint*)(status + LinksOffset) == 1;

    private static bool IsOwn(byte* status) => *(uint*)(status + UserOffset) == EffectiveUser();

    private static int Access(byte* status) => *(ushort*)(status + ModeOffset) & AccessBits;

    /// <summary>Asking the C library for the mask sets it; the kernel tells it without.</summary>
    private static int ReadMask()
    {
        const string label = "Umask:";
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal));
        return line is null ? 0 : Convert.ToInt32(line[label.Length..].Trim(), 8);
    }

    [LibraryImport(C, EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    /// <summary>Its structure is the same on every architecture. Source: https://man7.org/linux/man-pages/man2/statx.2.html</summary>
    [LibraryImport(C, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, byte* status);

    /// <returns>False when not all could be written.</returns>
    public static bool WriteAll(int descriptor, byte* bytes, nint count)
    {
        while (count > 0)
        {
            var written = Write(descriptor, bytes, count);
            if (written == 0 || (written < 0 && Marshal.GetLastPInvokeError() != Interrupted)) return false;
            written = Math.Max(written, 0);
            bytes += written;
            count -= written;
        }

        return true;
    }

    /// <summary>What the C library calls an error number, for people.</summary>
    public static string ErrorText(int number) => Marshal.GetPInvokeErrorMessage(number);

    /// <summary>Reads what fits of a small file (of <c>/proc</c>); -1 when it cannot be read.</summary>
    public static int ReadFile(string path, Span<byte> buffer)
    {
        var descriptor = Open(path, ReadOnly | CloseOnExec);
        if (descriptor < 0) return -1;
        var total = 0;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                var read = (int)Read(descriptor, start + total, buffer.Length - total);
                if (read < 0 && Marshal.GetLastPInvokeError() == Interrupted) continue;
                if (read <= 0) break;
                total += read;
            }
        }

        _ = Close(descriptor);
        return total;
    }
}
