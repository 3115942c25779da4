using System.Text.RegularExpressions;

namespace Capstan.Runner.ProblemMatchers;

/// <summary>How far a matcher of several patterns has come in the output of one program. Not thread-safe.</summary>
internal sealed class MatcherState(ProblemMatcher matcher)
{
    /// <summary>What the lines up to each pattern but the last said; null where the pattern did not match the line before.</summary>
    private readonly Problem?[] running = new Problem?[matcher.Patterns.Count - 1];

    public ProblemMatcher Matcher { get; } = matcher;

    /// <summary>The matcher begins anew.</summary>
    public void Reset() => Array.Clear(running);

    /// <returns>The problem whose last line this is; null when it is none.</returns>
    /// <exception cref="RegexMatchTimeoutException">A pattern took too long.</exception>
    public Problem? Next(string line)
    {
        var patterns = Matcher.Patterns;

        // From the last to the first: a line takes each part of what runs one pattern further.
        for (var index = patterns.Count - 1; index >= 0; index--)
        {
            var before = index == 0 ? Problem.Nothing : running[index - 1];
            if (before is null) continue;
            var pattern = patterns[index];
            var match = pattern.Expression.Match(line);
            if (index < patterns.Count - 1)
            {
                running[index] = match.Success ? before.With(pattern.Groups, match.Groups) : null;
            }
            else if (match.Success)
            {
                Reset();
                if (pattern.Loop) running[index - 1] = before;
                return before.With(pattern.Groups, match.Groups);
            }
            else if (index > 0)
            {
                running[index - 1] = null;
            }
        }

        return null;
    }
}
