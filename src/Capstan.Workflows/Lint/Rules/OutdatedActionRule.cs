using System.Globalization;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Versions of well-known actions that were made for a Node.js which runners no longer have.
/// Source: https://github.blog/changelog/2023-09-22-github-actions-transitioning-from-node-16-to-node-20/
/// </summary>
internal sealed class OutdatedActionRule : ILintRule
{
    /// <summary>The first major version for node20 or later, or without Node.js. Source: <c>runs.using</c> in the action's manifest at that version, https://github.com/OWNER/REPO</summary>
    private static readonly Dictionary<string, int> FirstCurrent = new(StringComparer.OrdinalIgnoreCase)
    {
        ["actions/cache"] = 4,
        ["actions/cache/restore"] = 4,
        ["actions/cache/save"] = 4,
        ["actions/checkout"] = 4,
        ["actions/configure-pages"] = 4,
        ["actions/delete-package-versions"] = 5,
        ["actions/dependency-review-action"] = 4,
        ["actions/deploy-pages"] = 3,
        ["actions/download-artifact"] = 4,
        ["actions/github-script"] = 7,
        ["actions/labeler"] = 5,
        ["actions/setup-dotnet"] = 4,
        ["actions/setup-go"] = 5,
        ["actions/setup-java"] = 4,
        ["actions/setup-node"] = 4,
        ["actions/setup-python"] = 5,
        ["actions/stale"] = 9,
        ["actions/upload-artifact"] = 4,
        ["docker/build-push-action"] = 5,
        ["docker/login-action"] = 3,
        ["docker/metadata-action"] = 5,
        ["docker/setup-buildx-action"] = 3,
        ["docker/setup-qemu-action"] = 3,
        ["github/codeql-action/analyze"] = 3,
        ["github/codeql-action/init"] = 3,
        ["github/codeql-action/upload-sarif"] = 3,
        ["peaceiris/actions-gh-pages"] = 4,
        ["softprops/action-gh-release"] = 2,
    };

    public void Check(LintContext context)
    {
        foreach (var step in context.Document.Jobs.SelectMany(job => job.Steps))
        {
            if (step.Uses is not { } uses || uses.Text.Split('@') is not [var action, var version] || !FirstCurrent.TryGetValue(action, out var first))
                continue;
            if (MajorOf(version) is { } major && major < first)
                context.Report(
                    LintChecks.OutdatedAction,
                    uses,
                    $"'{action}' of version {major} was made for a Node.js that runners no longer have; use v{first} or later");
        }
    }

    /// <summary><c>v3</c>, <c>v3.5.1</c>; null for branches and commits.</summary>
    private static int? MajorOf(string version) =>
        version.StartsWith('v') && int.TryParse(version[1..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
}
