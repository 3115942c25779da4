using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Schema;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// The shape of jobs (steps of their own, or a called workflow) and of containers. The language tells the two kinds of job apart by their first telling key;
/// whoever mixes them is better
/// served by being told all keys that do not go with <c>uses</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs
/// </summary>
internal sealed class MissingKeyRule : ILintRule
{
    private static readonly IReadOnlyList<MappingForm> Forms =
        WorkflowSchema.Root.Mappings[0].Properties["jobs"].Mappings[0].Others!.Mappings;

    private static MappingForm StepsForm => Forms[0];

    private static MappingForm CallForm => Forms[1];

    /// <summary>Whether a key belongs to either kind of job.</summary>
    public static bool IsJobKey(string key) => StepsForm.Properties.ContainsKey(key) || CallForm.Properties.ContainsKey(key);

    public void Check(LintContext context)
    {
        foreach (var job in context.Document.Jobs)
        {
            if (job.Body is YamlMapping { Entries.Count: > 0 } && !job.Body.HasExpressionKey())
                CheckJob(context, job);
        }

        foreach (var site in context.Document.Walk.Sites)
            CheckContainer(context, site);
    }

    private static void CheckJob(LintContext context, JobNode job)
    {
        var other = job.Uses is null ? StepsForm : CallForm;
        foreach (var entry in job.Body.Entries())
        {
            if (!IsJobKey(entry.Name) || other.Properties.ContainsKey(entry.Name))
                continue;
            context.Report(
                LintChecks.KeyWithUses,
                entry.Key,
                job.Uses is null
                    ? $"'{entry.Name}' is only for a job that calls a workflow with 'uses'"
                    : $"'{entry.Name}' is not for a job that calls a workflow with 'uses'; such a job takes {Hint.List([.. CallForm.Properties.Keys])}");
        }

        if (job.Uses is not null)
            return;
        if (job.Body.Find("runs-on") is null)
            context.Report(
                LintChecks.MissingKey,
                job.Id,
                $"Job '{Hint.Show(job.Name)}' lacks 'runs-on', the labels of the runner it needs; or 'uses', to call a workflow");
        if (job.Body.Find("steps") is null)
            context.Report(
                LintChecks.MissingKey,
                job.Id.Place,
                $"Job '{Hint.Show(job.Name)}' lacks 'steps', so it does nothing; or 'uses', to call a workflow",
                Severity.Warning);
    }

    private static void CheckContainer(LintContext context, Site site)
    {
        if (site.Key is null || site.Node.HasExpressionKey())
            return;
        if (site.Path is "jobs.*.container" or "jobs.*.services.*" && site.Node is YamlMapping && site.Node.Find("image") is null)
            Report(context, site, "image");
        if (site.Path is not ("jobs.*.container.credentials" or "jobs.*.services.*.credentials") || site.Node.HasExpression() && site.Node is YamlScalar)
            return;
        foreach (var key in (string[])["username", "password"])
        {
            if (site.Node.Find(key) is null)
                Report(context, site, key);
        }
    }

    private static void Report(LintContext context, Site site, string key) =>
        context.Report(
            LintChecks.MissingKey,
            site.Key!.Place,
            $"'{Hint.Show(site.Key.Text)}' lacks '{key}'",
            context.IsRefused(site.Node.Place) ? Severity.Error : Severity.Warning);
}
