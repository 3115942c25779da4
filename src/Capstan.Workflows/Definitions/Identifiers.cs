using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The ids of jobs and steps: which are allowed, and those made up for steps without one.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_id
/// </summary>
internal sealed class Identifiers(Findings findings)
{
    /// <remarks>Source: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/IdBuilder.cs</remarks>
    public const int MaxLength = 100;

    public const string ReservedPrefix = "__";

    private readonly HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The next number to try for a made-up id, so that a thousand steps alike cost a thousand tries.</summary>
    private readonly Dictionary<string, int> nextNumber = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes an id that the author gave; reports what is wrong with it.</summary>
    public void Take(StringToken id)
    {
        if (!IsLegal(id.Value))
        {
            findings.Error(
                id.Place,
                "id",
                $"The identifier '{Suggestion.Show(id.Value)}' is invalid. IDs may only contain alphanumeric characters, '_', and '-', must start with "
                + $"a letter or '_', and must be less than {MaxLength} characters");
        }
        else if (id.Value.StartsWith(ReservedPrefix, StringComparison.Ordinal))
        {
            findings.Error(id.Place, "id", $"The identifier '{id.Value}' is invalid. IDs starting with '{ReservedPrefix}' are reserved");
        }
        else if (!taken.Add(id.Value))
        {
            findings.Error(id.Place, "id", $"The identifier '{id.Value}' may not be used more than once within the same scope");
        }
    }

    /// <summary><c>__run</c>, <c>__run_2</c>, <c>__actions_checkout</c>, …</summary>
    public string MakeUp(string name)
    {
        var letters = name.ToCharArray();
        for (var i = 0; i < letters.Length; i++)
            letters[i] = IsInner(letters[i]) ? letters[i] : '_';
        var stem = ReservedPrefix + new string(letters);
        if (stem.Length >= MaxLength)
            stem = stem[..(MaxLength - 1)];
        if (taken.Add(stem))
            return stem;

        if (!nextNumber.TryGetValue(stem, out var number))
            number = 2;
        string id;
        do
        {
            var suffix = $"_{number++}";
            id = stem[..Math.Min(stem.Length, MaxLength - 1 - suffix.Length)] + suffix;
        }
        while (!taken.Add(id));
        nextNumber[stem] = number;
        return id;
    }

    /// <summary>Whether a text has the form of an id.</summary>
    internal static bool IsLegal(string id) =>
        id.Length is > 0 and < MaxLength && (char.IsAsciiLetter(id[0]) || id[0] == '_') && id.All(IsInner);

    private static bool IsInner(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-';
}
