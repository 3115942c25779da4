using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Capstan.Cli.LocalRuns;

/// <summary>Reads small files whole. <see cref="File.ReadAllText(string)"/> does it through a reader over a stream over a strategy, all of which a short run need not load.</summary>
internal static partial class TextFile
{
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;
    private const int LeastBytes = 512;

    /// <summary>UTF-8, unless the file begins with the mark of another encoding.</summary>
    public static string Read(string path)
    {
        var bytes = ReadBytes(path);
        return bytes is [0xEF or 0xFE or 0xFF or 0x00, ..] ? File.ReadAllText(path) : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>.NET opens a file with reflection, which takes the first time as long as all else here; it is asked where the file cannot be opened, to say why.</summary>
    public static byte[] ReadBytes(string path)
    {
        using var file = new SafeFileHandle(Open(path, ReadOnly | CloseOnExec), ownsHandle: true);
        if (file.IsInvalid)
        {
            return File.ReadAllBytes(path);
        }

        // Files under /proc have no length before they are read.
        var bytes = new byte[Math.Max(RandomAccess.GetLength(file), LeastBytes)];
        var length = 0;
        while (RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var read)
        {
            length += read;
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, 2 * length);
            }
        }

        Array.Resize(ref bytes, length);
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    /// <summary>
    /// Takes the first line off a text; false when nothing is left. <see cref="MemoryExtensions.EnumerateLines(ReadOnlySpan{char})"/> knows seven kinds of line ends, and
    /// to load what looks for them takes a tenth of a short run.
    /// </summary>
    /// <param name="line">Without its end; white space around it is left out, too.</param>
    public static bool TakeLine(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> line)
    {
        if (text.IsEmpty)
        {
            line = [];
            return false;
        }

        var end = text.IndexOf('\n');
        line = (end < 0 ? text : text[..end]).Trim();
        text = end < 0 ? [] : text[(end + 1)..];
        return true;
    }
}
