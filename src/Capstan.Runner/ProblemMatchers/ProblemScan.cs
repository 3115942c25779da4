using System.Text.RegularExpressions;
using Capstan.Runner.Logs;

namespace Capstan.Runner.ProblemMatchers;

/// <summary>What a matcher found on a line, or that it was given up.</summary>
internal abstract record ScanResult
{
    private ScanResult()
    {
    }

    /// <param name="Text">The line, without its colours.</param>
    /// <param name="DefaultSeverity">Of the matcher.</param>
    public sealed record Found(Problem Problem, string DefaultSeverity, string Text) : ScanResult;

    /// <summary>A pattern took too long again and again: the program's output is not looked through for it any more.</summary>
    public sealed record GivenUp(string Owner) : ScanResult;
}

/// <summary>
/// Looks for problems in the output of one program, with the matchers that the job has at each line. The first matcher that finds one takes the line; the
/// others begin anew. Not thread-safe.
/// Source: https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/OutputManager.cs
/// </summary>
internal sealed class ProblemScan(JobMatchers matchers)
{
    /// <summary>How often a pattern may take too long on a line.</summary>
    private const int Attempts = 3;

    private IReadOnlyList<ProblemMatcher> seen = [];

    // Made for the first matcher.
    private HashSet<ProblemMatcher> GivenUp => field ??= new(ReferenceEqualityComparer.Instance);

    private List<MatcherState> States
    {
        get => field ??= [];
        set;
    }

    /// <summary>Whether there is anything to look for: a line costs nothing otherwise.</summary>
    public bool IsActive => matchers.Current.Count > 0;

    public IEnumerable<ScanResult> Look(string line)
    {
        Follow();
        var text = AnsiCodes.Strip(line);
        foreach (var state in States.ToArray())
        {
            var problem = Next(state, text, out var tooSlow);
            if (tooSlow)
            {
                GivenUp.Add(state.Matcher);
                States.Remove(state);
                yield return new ScanResult.GivenUp(state.Matcher.Owner);
            }

            if (problem is null) continue;
            foreach (var other in States.Where(other => other != state)) other.Reset();
            yield return new ScanResult.Found(problem, state.Matcher.Severity, text);
        }
    }

    private static Problem? Next(MatcherState state, string line, out bool tooSlow)
    {
        tooSlow = false;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                return state.Next(line);
            }
            catch (RegexMatchTimeoutException) when (attempt < Attempts)
            {
                // The machine may have been busy with something else.
            }
            catch (RegexMatchTimeoutException)
            {
                tooSlow = true;
            }
        }

        return null;
    }

    private MatcherState StateOf(ProblemMatcher matcher) => States.Find(state => ReferenceEquals(state.Matcher, matcher)) ?? new MatcherState(matcher);

    /// <summary>Takes over what was added and removed; a matcher that stayed keeps its state.</summary>
    private void Follow()
    {
        var current = matchers.Current;
        if (ReferenceEquals(current, seen)) return;
        seen = current;
        States = [.. current.Where(matcher => !GivenUp.Contains(matcher)).Select(StateOf)];
    }
}
