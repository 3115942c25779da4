using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Capstan.EndToEnd.Tests.Harness;

/// <summary>The real program, copied once to a place that the unprivileged runner user can reach: a checkout often lies in a closed folder.</summary>
internal static class CapstanProgram
{
    private static readonly Lazy<string> Copy = new(CopyProgram);

    public static string Path => Copy.Value;

    /// <summary>A folder for this test process, open for passing through, removed at its end.</summary>
    public static string Root { get; } = MakeRoot();

    /// <summary>A command to its end.</summary>
    public static async Task<CommandResult> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null, string? input = null) =>
        await Command.RunAsync(Path, arguments, environment, workingDirectory, input);

    private static string CopyProgram()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var built = System.IO.Path.Combine(Checkout.Root, "src", "Capstan.Cli", "bin", configuration, "net10.0");
        var target = System.IO.Path.Combine(Root, "program");
        using var copy = Process.Start("cp", ["-r", built, target]);
        copy.WaitForExit();
        using var open = Process.Start("chmod", ["-R", "a+rX", target]);
        open.WaitForExit();
        return System.IO.Path.Combine(target, "capstan");
    }

    private static string MakeRoot()
    {
        var root = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"capstan-e2e-{Environment.ProcessId}")).FullName;
        File.SetUnixFileMode(root, (UnixFileMode)0b111_101_101);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            using var remove = Process.Start("rm", ["-rf", root]);
            remove.WaitForExit();
        };
        return root;
    }

    /// <summary>What a child process needs to find the runtime when dotnet is not in a usual place.</summary>
    public static string RuntimeRoot => System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
