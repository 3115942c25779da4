namespace Capstan.Cli.LocalRuns.Views;

/// <summary>The output of one step, kept until it is known whether anybody wants to see it: small ones in memory, large ones in a file that has no name.</summary>
/// <remarks>Not safe for concurrent use; the view that owns it locks.</remarks>
internal sealed class StepLog : IDisposable
{
    private const int MostBytesInMemory = 1024 * 1024;
    private Stream content = new MemoryStream();

    public long Lines { get; private set; }

    public void Append(ReadOnlySpan<byte> line)
    {
        if (content is MemoryStream memory && memory.Length + line.Length > MostBytesInMemory)
        {
            content = OpenFile();
            memory.WriteTo(content);
            memory.Dispose();
        }

        content.Write(line);
        content.WriteByte((byte)'\n');
        Lines++;
    }

    /// <summary>All lines, oldest first, without their ends; each is read when it is asked for. Nothing may be appended until the last one was.</summary>
    public IEnumerable<string> ReadLines()
    {
        content.Position = 0;
        try
        {
            using var reader = new StreamReader(content, leaveOpen: true);
            while (reader.ReadLine() is { } line)
            {
                yield return line;
            }
        }
        finally
        {
            content.Position = content.Length;
        }
    }

    public void Dispose() => content.Dispose();

    private static FileStream OpenFile() => new(
        Path.Combine(Path.GetTempPath(), $"capstan-log-{Guid.NewGuid():N}"),
        new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
}
