using System.Text;

namespace Capstan.Workflows.Triggers;

/// <summary>
/// Reads one pattern, from left to right; stops at the first error.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
/// </summary>
internal sealed class FilterPatternParser(string text)
{
    private readonly List<FilterPatternStep> steps = [];
    private int next;

    public (FilterPattern? Pattern, FilterPatternError? Error) Parse()
    {
        if (text.Length > FilterPattern.MaxLength)
        {
            return (null, new FilterPatternError($"The pattern has {text.Length} characters; at most {FilterPattern.MaxLength} are allowed", 1));
        }

        var isNegated = text.StartsWith('!');
        next = isNegated ? 1 : 0;
        if (next == text.Length)
        {
            return (null, new FilterPatternError(isNegated ? "A pattern must follow '!'" : "The pattern is empty", 1));
        }

        while (next < text.Length)
        {
            if (ReadStep() is { } error)
            {
                return (null, error);
            }
        }

        return (new FilterPattern(text, isNegated, steps), null);
    }

    private FilterPatternError? ReadStep()
    {
        switch (text[next])
        {
            case '*':
                ReadStars();
                return null;
            case '?' or '+':
                return ReadRepetition();
            case '[':
                return ReadClass();
            case '\\' when next + 1 == text.Length:
                return Error(@"A character must follow '\'", next);
            case '\\':
                Add(text[next + 1].ToString(), length: 2);
                return null;
            default:
                Add(text[next].ToString(), length: 1);
                return null;
        }
    }

    private static FilterPatternError Error(string message, int index) => new(message, index + 1);

    private void Add(string characters, int length)
    {
        steps.Add(new FilterPatternStep(FilterPatternStepKind.Character, characters));
        next += length;
    }

    private void ReadStars()
    {
        var start = next;
        while (next < text.Length && text[next] == '*')
        {
            next++;
        }

        if (next - start == 1)
        {
            steps.Add(new FilterPatternStep(FilterPatternStepKind.AnyInSegment));
            return;
        }

        var startsSegment = start == 0 || text[start - 1] == '/' || (start == 1 && text[0] == '!');
        if (startsSegment && next < text.Length && text[next] == '/')
        {
            next++;
            steps.Add(new FilterPatternStep(FilterPatternStepKind.PerhapsFolders));
            steps.Add(new FilterPatternStep(FilterPatternStepKind.Folders));
            return;
        }

        steps.Add(new FilterPatternStep(FilterPatternStepKind.Any));
    }

    private FilterPatternError? ReadRepetition()
    {
        var sign = text[next];
        if (steps is not [.., { Kind: FilterPatternStepKind.Character, IsOptional: false, IsRepeated: false } last])
        {
            return Error($"'{sign}' must follow a character or a closing ']', which it then {(sign == '?' ? "makes optional" : "repeats")}", next);
        }

        steps[^1] = sign == '?' ? last with { IsOptional = true } : last with { IsRepeated = true };
        next++;
        return null;
    }

    private FilterPatternError? ReadClass()
    {
        var end = text.IndexOf(']', next + 1);
        if (end < 0)
        {
            return Error("'[' has no closing ']'", next);
        }

        if (end == next + 1)
        {
            return Error("'[]' names no character", next);
        }

        var characters = new StringBuilder();
        for (var index = next + 1; index < end; index++)
        {
            if (index + 2 >= end || text[index + 1] != '-')
            {
                characters.Append(text[index]);
                continue;
            }

            var (first, last) = (text[index], text[index + 2]);
            if (!IsRange(first, last))
            {
                return Error($"'{first}-{last}' is no range: the ends must be both of a-z, A-Z or 0-9, the lower first", index + 2);
            }

            for (var character = first; character <= last; character++)
            {
                characters.Append(character);
            }

            index += 2;
        }

        Add(characters.ToString(), end + 1 - next);
        return null;
    }

    private static bool IsRange(char first, char last) => first <= last
        && ((char.IsAsciiLetterLower(first) && char.IsAsciiLetterLower(last))
            || (char.IsAsciiLetterUpper(first) && char.IsAsciiLetterUpper(last))
            || (char.IsAsciiDigit(first) && char.IsAsciiDigit(last)));
}
