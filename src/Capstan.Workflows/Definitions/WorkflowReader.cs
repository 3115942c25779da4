using Capstan.Workflows.Pipelines;
using Capstan.Workflows.Schema;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Definitions;

/// <param name="Definition">Null exactly when one of the diagnostics is an error.</param>
/// <param name="Diagnostics">By place. All that is wrong with the file; of one that is no YAML, that, and all that is wrong before it.</param>
public sealed record WorkflowReadResult(WorkflowDefinition? Definition, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>
/// Reads a workflow file, GitHub's or a pipeline (<see cref="PipelineFile"/>): YAML, then the schema's table, then what only the whole file can tell (ids,
/// needs, conditions). Pure and safe from any thread; no input makes it throw.
/// </summary>
public static class WorkflowReader
{
    /// <param name="file">For messages, for example <c>.github/workflows/ci.yml</c>; also the name of a workflow without one.</param>
    public static WorkflowReadResult Read(string file, string yaml) => Read(file, yaml, WorkflowReadOptions.Default);

    /// <inheritdoc cref="Read(string, string)"/>
    public static WorkflowReadResult Read(string file, string yaml, WorkflowReadOptions options)
    {
        var read = ReadFile(file, yaml, options);
        if (read.Definition is not { } workflow || options.LoadWorkflow is null)
            return new WorkflowReadResult(read.Definition, read.Diagnostics);

        var findings = new Findings(file);
        foreach (var found in read.Diagnostics)
            findings.Add(found);
        var resolved = new CalledWorkflows(options, read).Resolve(workflow, findings);
        return new WorkflowReadResult(findings.ErrorCount == 0 ? resolved : null, findings.Sorted());
    }

    /// <summary>One file, without those it calls.</summary>
    internal static FileRead ReadFile(string file, string yaml, WorkflowReadOptions options)
    {
        var findings = new Findings(file);
        var size = new ResultSize(options.MaxResultSize);
        WorkflowDefinition? definition = null;
        try
        {
            size.AddText(file);
            definition = ReadFile(file, yaml, options, findings, size);
        }
        catch (ResultTooLarge)
        {
            findings.Error(default, "limit", ResultSize.Exceeded);
        }

        return new FileRead(file, findings.ErrorCount == 0 ? definition : null, findings.Sorted(), size.Total);
    }

    private static WorkflowDefinition? ReadFile(string file, string yaml, WorkflowReadOptions options, Findings findings, ResultSize size)
    {
        var read = YamlReader.Read(yaml, options.Limits);
        if (read.Error is { } error)
        {
            findings.Error(error.Place, error.Code, error.Message);
            if (read.Salvaged is { } salvaged)
                CheckSalvaged(file, salvaged, options, findings, size);
            return null;
        }

        var root = read.Root ?? new YamlScalar(new Place(1, 1), "", ScalarTag.Implicit);
        var workflow = PipelineFile.Is(file)
            ? ReadPipeline(root, findings, size)
            : new TemplateReader(findings, size).Read(root, WorkflowSchema.Root) as MappingToken;
        return workflow is null ? null : Convert(file, workflow, options, findings, size, isWhole: true);
    }

    /// <summary>What is wrong above a syntax error. Of a pipeline only what its table tells: the rest is about stages and jobs that may stand below.</summary>
    private static void CheckSalvaged(string file, YamlNode root, WorkflowReadOptions options, Findings findings, ResultSize size)
    {
        var schema = PipelineFile.Is(file) ? PipelineSchema.Root : WorkflowSchema.Root;
        if (new TemplateReader(findings, size).Read(root, schema) is MappingToken workflow && schema == WorkflowSchema.Root)
            Convert(file, workflow, options, findings, size, isWhole: false);
    }

    private static MappingToken? ReadPipeline(YamlNode root, Findings findings, ResultSize size) =>
        new TemplateReader(findings, size).Read(root, PipelineSchema.Root) is MappingToken pipeline ? new PipelineConverter(findings).Convert(pipeline) : null;

    /// <param name="isWhole">Whether the file was read to its end; if not, nothing is said of what is not there.</param>
    private static WorkflowDefinition Convert(string file, MappingToken workflow, WorkflowReadOptions options, Findings findings, ResultSize size, bool isWhole)
    {
        NotYetHonoured.Warn("", workflow, findings);
        ConcurrencyCheck.Run(workflow.Find("concurrency"), findings);
        var triggers = new TriggerConverter(findings, isWhole).Convert(workflow.Find("on"));

        // A pipeline that names no triggers has all of them without having asked for each.
        foreach (var trigger in triggers)
        {
            if (trigger.Place != workflow.Place || !PipelineFile.Is(file))
                NotYetHonoured.WarnEvent(trigger.Place, trigger.Event, findings);
        }

        return new WorkflowDefinition
        {
            File = file,
            Name = workflow.Find("name").Text() is { Length: > 0 } name ? name : file,
            RunName = workflow.Find("run-name"),
            Triggers = triggers,
            Env = workflow.Find("env"),
            Defaults = workflow.Find("defaults"),
            Permissions = workflow.Find("permissions"),
            Concurrency = workflow.Find("concurrency"),
            Jobs = ConvertJobs(workflow, options, findings, size, isWhole),
        };
    }

    private static IReadOnlyList<JobDefinition> ConvertJobs(MappingToken workflow, WorkflowReadOptions options, Findings findings, ResultSize size, bool isWhole)
    {
        if (workflow.Find("jobs") is not MappingToken mapping)
            return [];

        var ids = new Identifiers(findings);
        var converter = new JobConverter(findings, size);
        var jobs = new List<JobDefinition>(mapping.Entries.Count);
        foreach (var (id, content) in mapping.NamedEntries())
        {
            ids.Take(id);
            if (content is not MappingToken job)
                continue;
            var converted = converter.Convert(id, job);
            if (isWhole && job.IsWhole && converted.Uses is null && converted.Steps.Count == 0)
                findings.Warning(id.Place, "no-steps", $"Job '{id.Value}' has no steps, so it does nothing: add 'steps', or 'uses' to call a workflow");
            ConcurrencyCheck.WarnOfDeadlock(workflow.Find("concurrency"), converted.Concurrency, findings);
            jobs.Add(converted);
            if (jobs.Count == options.MaxJobs + 1L && options.MaxJobs > 0)
                findings.Error(id.Place, "limit", options.TooManyJobs);
        }

        return isWhole ? new NeedsCheck(jobs, mapping.LeftOut.ToHashSet(StringComparer.OrdinalIgnoreCase), findings).Run(mapping.Place) : jobs;
    }
}

/// <summary>What one file came to.</summary>
/// <param name="Definition">Null exactly when one of the diagnostics is an error.</param>
/// <param name="Size">In the units of <see cref="ResultSize"/>.</param>
internal sealed record FileRead(string File, WorkflowDefinition? Definition, IReadOnlyList<Diagnostic> Diagnostics, long Size);
