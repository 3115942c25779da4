using System.Text;

namespace Capstan.Cli.LocalRuns;

/// <summary>Reads small files whole. <see cref="File.ReadAllText(string)"/> does it through a reader over a stream over a strategy, all of which a short run need not load.</summary>
internal static class TextFile
{
    /// <summary>UTF-8, unless the file begins with the mark of another encoding.</summary>
    public static string Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes is [0xEF or 0xFE or 0xFF or 0x00, ..] ? File.ReadAllText(path) : Encoding.UTF8.GetString(bytes);
    }
}
