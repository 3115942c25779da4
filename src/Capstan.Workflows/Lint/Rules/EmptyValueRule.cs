using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Schema;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Sections and texts with nothing in them: forgotten, or left over. What the language refuses for it is told by <see cref="LanguageRule"/>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
/// </summary>
internal sealed class EmptyValueRule : ILintRule
{
    /// <summary>Texts that say something also when they are empty: values that users choose, and what only people read.</summary>
    private static readonly string[] MayBeEmpty =
    [
        "name", "description", "jobs.*.name", ".env.*", ".with.*", ".secrets.*", ".description", ".deprecationMessage", ".default", "env.*", "jobs.*.outputs.*",
    ];

    public void Check(LintContext context)
    {
        foreach (var site in context.Document.Walk.Sites)
        {
            if (site.IsKey || site.Rule == Schema.Rules.Any || context.IsRefused(site.Node.Place))
                continue;
            switch (site.Node)
            {
                case YamlScalar { Text: "" } scalar when !(site.Rule.AllowsNull && scalar.IsNull()) && !TextMayBeEmpty(site.Path):
                    Report(context, site, "nothing stands here");
                    break;
                case YamlSequence { Items.Count: 0 } when site.Rule.Items is not null:
                    Report(context, site, "the list is empty");
                    break;
                case YamlMapping { Entries.Count: 0 } when site.Rule.Mappings.Count > 0 && !MappingMayBeEmpty(site):
                    Report(context, site, "the section is empty");
                    break;
            }
        }
    }

    private static bool TextMayBeEmpty(string path) =>
        Array.Exists(MayBeEmpty, known => known[0] == '.' ? path.EndsWith(known, StringComparison.Ordinal) : path == known);

    /// <summary>No permissions at all is what <c>permissions: {}</c> is for; an event, an input or a secret may say nothing more about itself.</summary>
    private static bool MappingMayBeEmpty(Site site) =>
        site.Rule == PermissionScopes.Rule || site.Rule.AllowsNull || site.Path.Contains(".matrix.", StringComparison.Ordinal);

    private static void Report(LintContext context, Site site, string what) =>
        context.Report(
            LintChecks.Empty,
            site.Node,
            site.Key is { } key ? $"'{Hint.Show(key.Text)}' has no value: {what}; leave the key out, or fill it" : $"An empty item: {what}");
}
