using System.Runtime.InteropServices;

namespace Capstan.Cli.Terminals;

/// <summary>
/// Writes to a descriptor of the process with write(2) and nothing between. A <see cref="FileStream"/> would keep an offset of its own and overwrite what others
/// write to the same file (<c>capstan … &gt; log 2&gt;&amp;1</c>). Every call writes all of its bytes or throws.
/// </summary>
internal sealed partial class DescriptorStream(int descriptor) : Stream
{
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const short Writable = 4;

    /// <summary>EPIPE: the reader has gone.</summary>
    public const int BrokenPipe = 32;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="IOException">With <see cref="BrokenPipe"/> or the system's other number as its <see cref="Exception.HResult"/>.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = WriteTo(descriptor, buffer, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case TryAgain:
                    // Somebody made the descriptor non-blocking: wait until it takes more.
                    var wait = new PollEntry { Descriptor = descriptor, Events = Writable };
                    _ = Poll(ref wait, 1, timeoutMilliseconds: -1);
                    break;
                case var error:
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteTo(int descriptor, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollEntry entries, nuint count, int timeoutMilliseconds);
}
