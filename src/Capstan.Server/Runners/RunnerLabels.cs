namespace Capstan.Server.Runners;

/// <summary>Labels as they are stored and compared: lower case, sorted, each once, because <c>runs-on</c> does not see case.</summary>
public static class RunnerLabels
{
    /// <summary>What every runner of one's own has. Source: https://docs.github.com/en/actions/hosting-your-own-runners/managing-self-hosted-runners/using-labels-with-self-hosted-runners</summary>
    public const string SelfHosted = "self-hosted";

    public const int MaxLabels = 100;

    /// <summary>In characters.</summary>
    public const int MaxLength = 256;

    /// <summary>The given labels with those that GitHub gives by itself: self-hosted, the operating system and the architecture.</summary>
    public static string[] Complete(IEnumerable<string> labels, string operatingSystem, string architecture) =>
        [.. labels.Append(SelfHosted).Append(operatingSystem).Append(architecture)
            .Select(label => label.Trim().ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What is wrong with the labels; null: nothing.</summary>
    public static string? Refuse(IReadOnlyCollection<string> labels) =>
        labels.Count > MaxLabels ? $"A runner has at most {MaxLabels} labels."
        : labels.Any(label => string.IsNullOrWhiteSpace(label) || label.Length > MaxLength || label.Any(char.IsControl)) ? $"A label has 1 to {MaxLength} characters."
        : labels.FirstOrDefault(label => label.Contains(',', StringComparison.Ordinal)) is { } joined ? $"'{joined}' holds a comma: give each label by itself."
        : null;
}
