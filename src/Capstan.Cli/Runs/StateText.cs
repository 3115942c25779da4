using Capstan.Cli.Terminals;
using Capstan.Contracts;

namespace Capstan.Cli.Runs;

/// <summary>A status and conclusion as a sign, a word and a tone.</summary>
internal readonly record struct StateText(string Sign, string Words, Tone Tone)
{
    public static StateText Of(Status status, Conclusion? conclusion) => (status, conclusion) switch
    {
        (Status.Completed, Conclusion.Success) => new("✓", "success", Tone.Good),
        (Status.Completed, Conclusion.Failure or Conclusion.TimedOut or Conclusion.StartupFailure) => new("✗", conclusion.Value.Name(), Tone.Bad),
        (Status.Completed, { } other) => new("-", other.Name(), Tone.Quiet),
        (Status.InProgress, _) => new("●", status.Name(), Tone.Active),
        _ => new("○", status.Name(), Tone.Warning),
    };

    public string Painted(Terminal terminal) => terminal.Paint(Tone, $"{Sign} {Words}");

    public static string Duration(DateTimeOffset? from, DateTimeOffset? to)
    {
        if (from is null || to is null)
        {
            return "";
        }

        var time = to.Value - from.Value;
        return time.TotalMinutes < 1 ? $"{time.TotalSeconds:0.0}s" : time.TotalHours < 1 ? $"{time.Minutes}m{time.Seconds}s" : $"{(int)time.TotalHours}h{time.Minutes}m";
    }
}
