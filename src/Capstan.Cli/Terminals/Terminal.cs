using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Capstan.Cli.Terminals;

/// <summary>
/// Where a command writes: results to standard output, messages for people to standard error. Every call is one write to the descriptor, so output appears at
/// once and lines of several threads do not mix; only what comes in floods is gathered. Safe for concurrent use.
/// </summary>
/// <remarks>Descriptors are written directly: <see cref="Console"/> costs 11 ms of a process's start.</remarks>
internal sealed partial class Terminal
{
    private const int NarrowestWidth = 20;
    private const int WidthOfAPipe = 120;
    private const int MostGathered = 64 * 1024;
    private readonly Lock writing = new();
    private readonly ArrayBufferWriter<byte> gathered = new();

    public Terminal(Stream output, Stream error, bool interactive, bool colour)
    {
        Output = output;
        ErrorOutput = error;
        IsInteractive = interactive;
        HasColour = colour;
    }

    /// <summary>Standard output, unbuffered. For bulk data; <see cref="Line(string)"/> for everything else.</summary>
    public Stream Output { get; }

    public Stream ErrorOutput { get; }

    /// <summary>Called when the reader of standard output has gone (<c>capstan … | head</c>): what is written from then on is dropped. May be called more than once.</summary>
    public Action OutputGone { get; set; } = () => { };

    /// <summary>A person watches standard output, so lines may be redrawn.</summary>
    public bool IsInteractive { get; }

    /// <summary>Escape sequences for colour may be written.</summary>
    public bool HasColour { get; }

    /// <summary>Columns of the window; a wide guess where there is none.</summary>
    public int Width => IsInteractive && WindowSize() is { Columns: >= NarrowestWidth } size ? size.Columns : WidthOfAPipe;

    /// <summary>Rows of the window; a common guess where there is none.</summary>
    public int Height => IsInteractive && WindowSize() is { Rows: > 0 } size ? size.Rows : 24;

    /// <summary>The process's own descriptors.</summary>
    public static Terminal Open()
    {
        var interactive = IsATerminal(1) == 1 && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new Terminal(new DescriptorStream(1), new DescriptorStream(2), interactive, WantsColour(interactive));
    }

    public void Line(string text) => Write(Output, text, newLine: true);

    public void Text(string text) => Write(Output, text, newLine: false);

    public void Error(string text) => Write(ErrorOutput, text, newLine: true);

    /// <summary>Without a new line: a question.</summary>
    public void ErrorText(string text) => Write(ErrorOutput, text, newLine: false);

    public void Bytes(ReadOnlySpan<byte> bytes) => Write(Output, bytes);

    /// <summary>A line for standard output, together with what follows: written by <see cref="Flush"/>, by any other call, or when it is much.</summary>
    public void GatherLine(ReadOnlySpan<byte> begin, ReadOnlySpan<byte> rest)
    {
        lock (writing)
        {
            gathered.Write(begin);
            gathered.Write(rest);
            gathered.Write("\n"u8);
            if (gathered.WrittenCount < MostGathered)
            {
                return;
            }
        }

        Flush();
    }

    public void Flush() => Write(Output, []);

    /// <summary>The text in the tone's colour, or unchanged where there is none.</summary>
    public string Paint(Tone tone, string text) => HasColour ? $"{tone.Sequence()}{text}\u001b[0m" : text;

    /// <summary>NO_COLOR wins over FORCE_COLOR, which wins over what the descriptor is. Source: https://no-color.org</summary>
    private static bool WantsColour(bool interactive)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")))
        {
            return false;
        }

        return interactive || Environment.GetEnvironmentVariable("FORCE_COLOR") is { Length: > 0 } and not "0";
    }

    private void Write(Stream stream, string text, bool newLine) => Write(stream, Encoding.UTF8.GetBytes(newLine ? text + "\n" : text));

    private void Write(Stream stream, ReadOnlySpan<byte> bytes)
    {
        bool isThere;
        lock (writing)
        {
            isThere = TryWrite(Output, gathered.WrittenSpan);
            gathered.ResetWrittenCount();
            isThere &= TryWrite(stream, bytes) || stream != Output;
        }

        if (!isThere)
        {
            OutputGone();
        }
    }

    /// <returns>False when nobody is left to tell; whoever does long work hears of it by <see cref="OutputGone"/>.</returns>
    private static bool TryWrite(Stream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (bytes.Length > 0)
            {
                stream.Write(bytes);
            }

            return true;
        }
        catch (IOException e) when (e.HResult == DescriptorStream.BrokenPipe)
        {
            return false;
        }
    }

    private static WindowSizeOfTerminal? WindowSize() =>
        GetWindowSize(1, RequestWindowSize, out var size) == 0 ? size : null;

    /// <summary>TIOCGWINSZ of Linux.</summary>
    private const nuint RequestWindowSize = 0x5413;

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct WindowSizeOfTerminal
    {
        public readonly ushort Rows;
        public readonly ushort Columns;
        private readonly ushort widthInPixels;
        private readonly ushort heightInPixels;
    }

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsATerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int GetWindowSize(int descriptor, nuint request, out WindowSizeOfTerminal size);
}
