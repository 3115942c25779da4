using Capstan.Workflows.Expressions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The contexts of one workflow: what is known of each at each place of the file.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
/// </summary>
internal sealed class ContextTypes
{
    private readonly WorkflowDocument document;
    private readonly Neighbours neighbours;
    private readonly InputTypes inputs;
    private readonly ObjectType github;
    private readonly ObjectType secrets;
    private readonly ObjectType variables;
    private readonly Dictionary<JobNode, ObjectType> needs = [];
    private readonly Dictionary<JobNode, ObjectType> matrices = [];
    private readonly Dictionary<JobNode, StepTypes> steps = [];
    private readonly Dictionary<JobNode, ExpressionType> outputs = [];
    private ObjectType? jobs;

    public ContextTypes(LintContext context)
    {
        document = context.Document;
        neighbours = context.Neighbours;
        inputs = new InputTypes(document);
        github = GitHubContextTypes.GitHub(inputs.EventPayload);
        secrets = SecretTypes.Of(document);
        variables = context.Settings.ConfigurationVariables is { } names
            ? new ObjectType(ObjectType.Index(names.Select(name => (name, ExpressionType.String))))
            : ObjectType.MapOf(ExpressionType.String);
    }

    /// <summary>Parses an expression, whatever contexts and functions its place allows: rules look at that themselves.</summary>
    public static ExpressionParseResult Parse(string expression) => ExpressionParser.Parse(expression, ExpressionRules.Everything);

    /// <summary>A context at a place.</summary>
    public ExpressionType TypeOf(string name, Site site) => name.ToLowerInvariant() switch
    {
        "github" => github,
        "inputs" => inputs.At(site),
        "vars" => variables,
        "secrets" => secrets,
        "env" => ObjectType.MapOf(ExpressionType.String),
        "runner" => GitHubContextTypes.Runner,
        "strategy" => GitHubContextTypes.Strategy,
        "job" => GitHubContextTypes.Job,
        "jobs" => jobs ??= new ObjectType(ResultsOf(document.Jobs)),
        "needs" when site.Job is { } job => NeedsOf(job),
        "matrix" when site.Job is { } job => MatrixOf(job, site),
        "steps" when site.Job is { } job => StepsOf(job, site.Step),
        _ => ExpressionType.Any,
    };

    private ObjectType NeedsOf(JobNode job)
    {
        if (!needs.TryGetValue(job, out var type))
        {
            var needed = job.Needs.Select(need => document.JobsById.GetValueOrDefault(need.Text)).OfType<JobNode>();
            needs[job] = type = new ObjectType(ResultsOf(needed));
        }

        return type;
    }

    private Dictionary<string, ExpressionType> ResultsOf(IEnumerable<JobNode> known) =>
        ObjectType.Index(known.Select(job => (job.Name, (ExpressionType)GitHubContextTypes.JobResult(OutputsOf(job)))));

    private ObjectType MatrixOf(JobNode job, Site site)
    {
        if (!matrices.TryGetValue(job, out var type))
        {
            // Within its own matrix a job has none yet.
            matrices[job] = ObjectType.Loose;
            var types = new MatrixTypes(text => TypeOfExpression(text, site));
            matrices[job] = type = types.Of(job.Matrix);
        }

        return type;
    }

    private ExpressionType TypeOfExpression(string text, Site site) =>
        Parse(text).Expression?.Root is { } root ? new TypeChecker(text, name => TypeOf(name, site), null).Check(root) : ExpressionType.Any;

    private ObjectType StepsOf(JobNode job, StepNode? before)
    {
        if (!steps.TryGetValue(job, out var types))
            steps[job] = types = new StepTypes(job, neighbours);
        return types.Before(before?.Index ?? job.Steps.Count);
    }

    private ExpressionType OutputsOf(JobNode job)
    {
        if (!outputs.TryGetValue(job, out var type))
        {
            outputs[job] = type = job.Uses is { } uses
                ? neighbours.FindWorkflow(uses.Value.Text() ?? "").Outputs
                : DeclaredOutputs(job.Body.Find("outputs")?.Value);
        }

        return type;
    }

    private static ObjectType DeclaredOutputs(YamlNode? node) => node is null or YamlMapping && !node.Entries().Any(entry => entry.Key.HasExpression())
        ? new ObjectType(ObjectType.Index(node.Entries().Select(entry => (entry.Name, ExpressionType.String))))
        : ObjectType.MapOf(ExpressionType.String);
}
