using System.Runtime.CompilerServices;
using Capstan.Testing;

namespace Capstan.Cli.Tests;

/// <summary>The tests' runs keep nothing in the cache and the temporary folder of whoever starts them.</summary>
internal static class OwnFolders
{
    [ModuleInitializer]
    internal static void Use()
    {
        var folder = new TemporaryFolder();
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", folder["cache"]);
        Environment.SetEnvironmentVariable("TMPDIR", Directory.CreateDirectory(folder["t"]).FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
    }
}
