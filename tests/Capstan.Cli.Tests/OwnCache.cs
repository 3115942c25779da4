using System.Runtime.CompilerServices;
using Capstan.Testing;

namespace Capstan.Cli.Tests;

/// <summary>The tests' runs keep nothing in the cache of whoever starts them.</summary>
internal static class OwnCache
{
    [ModuleInitializer]
    internal static void Use()
    {
        var folder = new TemporaryFolder();
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", folder["cache"]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
    }
}
