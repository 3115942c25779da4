using System.Buffers;
using System.Globalization;
using System.Text;

namespace Capstan.Server.Git;

/// <summary>An object of a repository.</summary>
/// <param name="Type">commit, tree, blob or tag.</param>
internal sealed record GitObject(string Sha, string Type, byte[] Content);

/// <summary>What came of asking for an object.</summary>
internal abstract record ObjectRead
{
    private ObjectRead()
    {
    }

    public sealed record Found(GitObject Object) : ObjectRead;

    public sealed record Missing : ObjectRead;

    /// <summary>It is larger than was asked for, and was not read.</summary>
    public sealed record TooLarge(string Sha, string Type, long Size) : ObjectRead;
}

/// <summary>
/// A long-lived <c>git cat-file --batch-command</c> of one repository: reading an object costs a round trip over a pipe instead of a process. Sees objects and refs
/// that came after its start. One caller at a time; after an exception it is of no more use.
/// </summary>
internal sealed class ObjectReader : IAsyncDisposable
{
    private const int BufferBytes = 32 * 1024;

    private readonly GitCommand catFile;
    private readonly byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;
    private GitProcess process;
    private bool isUnread;

    public ObjectReader(GitCommand catFile)
    {
        this.catFile = catFile;
        process = catFile.Start();
    }

    public static IEnumerable<string> Arguments => ["cat-file", "--batch-command"];

    /// <summary>False after a question whose answer was not read to its end.</summary>
    public bool IsUsable { get; private set; } = true;

    /// <param name="revision">As git names objects: <c>SHA</c>, <c>SHA^{commit}</c>, <c>SHA:folder</c>, a full ref. Without line breaks.</param>
    public async Task<ObjectRead> ReadAsync(string revision, int maxBytes, CancellationToken cancellationToken)
    {
        if (revision.AsSpan().ContainsAny('\n', '\r', '\0'))
            return new ObjectRead.Missing();
        await LeaveUnreadAsync();
        IsUsable = false;
        await process.Input.WriteAsync(Encoding.UTF8.GetBytes($"contents {revision}\n"), cancellationToken);
        await process.Input.FlushAsync(cancellationToken);

        var header = (await ReadLineAsync(cancellationToken)).Split(' ');
        if (header.Length != 3 || !ObjectName.IsName(header[0]) || !long.TryParse(header[2], CultureInfo.InvariantCulture, out var size))
        {
            IsUsable = true;
            return new ObjectRead.Missing();
        }

        // The rest of the answer stays unread: cheaper than to read it when it is large. Whoever asks on gets a new process.
        if (size > maxBytes)
        {
            isUnread = true;
            return new ObjectRead.TooLarge(header[0], header[1], size);
        }

        var content = new byte[size];
        await ReadExactlyAsync(content, cancellationToken);
        await ReadExactlyAsync(new byte[1], cancellationToken);
        IsUsable = true;
        return new ObjectRead.Found(new GitObject(header[0], header[1], content));
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async ValueTask LeaveUnreadAsync()
    {
        if (!isUnread)
            return;
        await process.DisposeAsync();
        process = catFile.Start();
        (start, end, isUnread) = (0, 0, false);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>();
        while (true)
        {
            if (start == end)
                await FillAsync(cancellationToken);
            var at = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            var part = buffer.AsSpan(start, at < 0 ? end - start : at);
            line.Write(part);
            start += part.Length;
            if (at >= 0)
            {
                start++;
                return Encoding.UTF8.GetString(line.WrittenSpan);
            }
        }
    }

    private async Task ReadExactlyAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        while (target.Length > 0)
        {
            if (start == end)
                await FillAsync(cancellationToken);
            var count = Math.Min(target.Length, end - start);
            buffer.AsMemory(start, count).CopyTo(target);
            start += count;
            target = target[count..];
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        start = 0;
        end = await process.Output.ReadAsync(buffer, cancellationToken);
        if (end == 0)
            throw new IOException($"git cat-file ended: {process.Error}");
    }
}
