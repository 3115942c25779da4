namespace Capstan.Workflows.Lint;

/// <summary>Names that others define, as a file in this assembly, read when first asked for.</summary>
/// <param name="resource">Names with blanks or line ends between them.</param>
internal sealed class WordList(string resource)
{
    private readonly Lazy<HashSet<string>> words = new(() => Read(resource));

    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#brandingicon</summary>
    public static WordList ActionIcons { get; } = new("action-icons.txt");

    public bool Contains(string word) => words.Value.Contains(word);

    /// <summary><c>; did you mean 'x'?</c> when one is close.</summary>
    public string Suggest(string word) => Templates.Suggestion.DidYouMean(word, words.Value);

    private static HashSet<string> Read(string resource)
    {
        using var stream = typeof(WordList).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];
    }
}
