using Capstan.Runner.Steps;

namespace Capstan.Runner.Artifacts;

/// <summary>
/// A pattern for names of artifacts: wildcards, <c>{a,b}</c> for alternatives, a leading <c>!</c> for all others. Immutable.
/// Source: https://github.com/isaacs/minimatch#features
/// </summary>
internal sealed class NamePattern
{
    /// <summary>Braces in braces multiply.</summary>
    private const int MaxAlternatives = 1000;

    private readonly List<string> alternatives;
    private readonly bool negated;

    /// <exception cref="StepFailure">Its braces mean too many alternatives.</exception>
    public NamePattern(string pattern)
    {
        negated = pattern.StartsWith('!');
        alternatives = Expand(negated ? pattern[1..] : pattern);
    }

    public bool Matches(string name) => alternatives.Exists(alternative => GlobPattern.MatchesName(alternative.Replace("**", "*", StringComparison.Ordinal), name)) != negated;

    private static List<string> Expand(string pattern)
    {
        var done = new List<string>();
        var open = new Stack<string>([pattern]);
        while (open.TryPop(out var next))
        {
            if (done.Count + open.Count > MaxAlternatives) throw new StepFailure($"The pattern '{pattern}' has more than {MaxAlternatives} alternatives");
            if (Innermost(next) is not { } braces)
            {
                done.Add(next);
                continue;
            }

            foreach (var choice in next[(braces.Open + 1)..braces.Close].Split(',')) open.Push(next[..braces.Open] + choice + next[(braces.Close + 1)..]);
        }

        return done;
    }

    /// <summary>The first pair with a comma and no pair in it; without a comma braces are ordinary characters.</summary>
    private static (int Open, int Close)? Innermost(string text)
    {
        var open = -1;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '{') open = i;
            else if (text[i] == '}' && open >= 0 && text.AsSpan(open, i - open).Contains(',')) return (open, i);
            else if (text[i] == '}') open = -1;
        }

        return null;
    }
}
