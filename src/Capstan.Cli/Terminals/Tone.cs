namespace Capstan.Cli.Terminals;

/// <summary>What a piece of text means to the reader; the terminal's own palette decides the shade.</summary>
internal enum Tone
{
    Good,
    Bad,
    Warning,
    Active,
    Quiet,
    Strong,
}

internal static class ToneSequences
{
    public static string Sequence(this Tone tone) => tone switch
    {
        Tone.Good => "\u001b[32m",
        Tone.Bad => "\u001b[31m",
        Tone.Warning => "\u001b[33m",
        Tone.Active => "\u001b[36m",
        Tone.Quiet => "\u001b[90m",
        Tone.Strong => "\u001b[1m",
        _ => throw new ArgumentOutOfRangeException(nameof(tone), tone, message: null),
    };
}
