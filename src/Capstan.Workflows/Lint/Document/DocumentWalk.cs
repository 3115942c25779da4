using Capstan.Workflows.Expressions;
using Capstan.Workflows.Schema;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>A value, or a key with an expression in it, at its place in the language.</summary>
/// <param name="Rule">What the language's table says may stand here.</param>
/// <param name="Allowed">What expressions may use here.</param>
/// <param name="Path">The keys down to here, <c>*</c> for those that authors choose and for items: <c>jobs.*.steps.*.run</c>.</param>
/// <param name="Key">The key that the value belongs to; null for the root and for items.</param>
/// <param name="IsKey">The node is a key itself.</param>
internal sealed record Site(YamlNode Node, Rule Rule, ExpressionRules Allowed, string Path, YamlScalar? Key, JobNode? Job, StepNode? Step, bool IsKey)
{
    public bool IsCondition => Path.EndsWith(".if", StringComparison.Ordinal) && Rule.Mappings.Count == 0;
}

/// <summary>
/// Walks the nodes along the language's table. What the table does not know is left out: the language itself refuses it. As long as the file, aliases written
/// out.
/// </summary>
internal sealed class DocumentWalk
{
    private readonly WorkflowDocument document;
    private readonly Dictionary<YamlScalar, JobNode> jobsByKey;
    private readonly List<Site> sites = [];
    private readonly Dictionary<Place, Site> byPlace = [];
    private readonly Dictionary<Place, (YamlScalar Key, string Path)> keys = [];
    private JobNode? job;
    private int nextStep;
    private StepNode? step;

    public DocumentWalk(WorkflowDocument document)
    {
        this.document = document;
        jobsByKey = document.Jobs.ToDictionary(known => known.Id);
        Visit(document.Root, WorkflowSchema.Root, ExpressionRules.None, "", null);
    }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<Site> Sites => sites;

    /// <summary>The value that begins at a place (of those aliased, the first); a mapping begins where its first key does.</summary>
    public Site? At(Place place) => byPlace.GetValueOrDefault(place);

    /// <summary>The path of the mapping that a key at a place stands in; null for a place without a key.</summary>
    public string? PathOfKey(Place place) => keys.TryGetValue(place, out var found) ? found.Path : null;

    public YamlScalar? KeyAt(Place place) => keys.TryGetValue(place, out var found) ? found.Key : null;

    private void Visit(YamlNode node, Rule rule, ExpressionRules inherited, string path, YamlScalar? key)
    {
        var allowed = rule.Expressions ?? inherited;
        var site = new Site(node, rule, allowed, path, key, job, step, IsKey: false);
        sites.Add(site);
        byPlace.TryAdd(node.Place, site);
        switch (node)
        {
            case YamlSequence sequence when rule.Items is not null:
                foreach (var item in sequence.Items)
                    VisitItem(item, rule.Items, allowed, path);
                break;
            case YamlMapping mapping when rule.Mappings.Count > 0:
                VisitMapping(mapping, rule, allowed, path);
                break;
        }
    }

    private void VisitItem(YamlNode item, Rule rule, ExpressionRules allowed, string path)
    {
        var isStep = path is "jobs.*.steps" or "jobs.*.steps.*.parallel" && item.Find("parallel") is null;
        if (isStep && job is not null && nextStep < job.Steps.Count)
            step = job.Steps[nextStep++];
        Visit(item, rule, allowed, path + ".*", null);
        if (isStep)
            step = null;
    }

    private void VisitMapping(YamlMapping mapping, Rule rule, ExpressionRules allowed, string path)
    {
        var seen = new HashSet<string>(mapping.Entries.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in mapping.Entries)
        {
            if (key is not YamlScalar name)
                continue;
            keys.TryAdd(name.Place, (name, path));
            if (!seen.Add(name.Text))
                continue;
            if (name.HasExpression())
            {
                sites.Add(new Site(name, Schema.Rules.Text, allowed, path, name, job, step, IsKey: true));
                Visit(value, rule.Mappings[0].Others ?? Schema.Rules.Any, allowed, Join(path, "*"), name);
            }
            else if (RuleOf(rule, name.Text) is { } known)
            {
                VisitEntry(name, value, known, allowed, Join(path, name.Text));
            }
            else if (rule.Mappings[0].Others is { } others)
            {
                VisitEntry(name, value, others, allowed, Join(path, "*"));
            }
        }
    }

    private void VisitEntry(YamlScalar key, YamlNode value, Rule rule, ExpressionRules allowed, string path)
    {
        if (path == "jobs.*")
            (job, nextStep) = (jobsByKey.GetValueOrDefault(key), 0);
        Visit(value, rule, allowed, path, key);
        if (path == "jobs.*")
            job = null;
    }

    private static Rule? RuleOf(Rule rule, string key)
    {
        foreach (var form in rule.Mappings)
        {
            if (form.Properties.TryGetValue(key, out var known))
                return known;
        }

        return null;
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
