namespace Capstan.Server.Triggers;

/// <summary>A commit message that asks that its push starts nothing.</summary>
/// <remarks>Source: <see href="https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs"/>.</remarks>
internal static class SkipInstruction
{
    private static readonly string[] Phrases = ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"];

    private static readonly string[] Trailers = ["skip-checks:true", "skip-checks: true"];

    /// <returns>The words that ask for it, as they stand in the message; null when it does not ask.</returns>
    public static string? Find(string message)
    {
        foreach (var phrase in Phrases)
        {
            var at = message.IndexOf(phrase, StringComparison.OrdinalIgnoreCase);
            if (at >= 0)
                return message.Substring(at, phrase.Length);
        }

        // A trailer is a line of the last paragraph, which is not the title.
        var lines = message.TrimEnd().Split('\n');
        var lastBlank = Array.FindLastIndex(lines, string.IsNullOrWhiteSpace);
        return lastBlank < 1 ? null : lines[(lastBlank + 1)..].Select(line => line.Trim()).FirstOrDefault(line => Trailers.Contains(line, StringComparer.OrdinalIgnoreCase));
    }
}
