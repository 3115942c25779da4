namespace Capstan.EndToEnd.Tests.Harness;

internal static class Checkout
{
    /// <summary>The folder with Capstan.slnx.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Capstan.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new InvalidOperationException("The tests run inside a checkout.");
        }

        return folder;
    }
}
