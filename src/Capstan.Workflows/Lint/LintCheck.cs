namespace Capstan.Workflows.Lint;

/// <summary>One kind of finding.</summary>
/// <param name="Rule">The family, for example <c>expression</c>.</param>
/// <param name="Category">What exactly, for example <c>unknown-property</c>; unique within its rule.</param>
/// <param name="Severity">Error for what GitHub refuses.</param>
/// <param name="Summary">What is wrong, for the list of rules.</param>
/// <param name="Link">Where the documentation says so.</param>
public sealed record LintCheck(string Rule, string Category, Severity Severity, string Summary, string Link)
{
    /// <summary>Unique: <c>rule/category</c>.</summary>
    public string Id => $"{Rule}/{Category}";
}
