using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// Loads the workflows that jobs call, and checks the calls: inputs, secrets, permissions, nesting. What is wrong is reported at the call, in the caller's
/// file.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
/// </summary>
internal sealed class CalledWorkflows(WorkflowReadOptions options, FileRead caller)
{
    private readonly Dictionary<WorkflowReference, (FileRead? Read, string? Why)> loaded = [];

    /// <summary>The files from the caller down to the one that is looked at.</summary>
    private readonly List<WorkflowReference> chain = [];
    private long size = caller.Size;
    private long jobs = caller.Definition!.Jobs.Count;
    private int calls;

    /// <summary>The workflow with all its called workflows in place.</summary>
    public WorkflowDefinition Resolve(WorkflowDefinition workflow, Findings findings) =>
        Resolve(workflow, new WorkflowReference(null, workflow.File, null), findings, options.TokenPermissions);

    private WorkflowDefinition Resolve(WorkflowDefinition workflow, WorkflowReference here, Findings findings, PermissionSet inherited)
    {
        var allowed = PermissionSet.Of(workflow.Permissions) ?? inherited;
        chain.Add(here);
        var jobs = workflow.Jobs.Select(job => job.Uses is null ? job : Resolve(job, here, findings, allowed)).ToArray();
        chain.RemoveAt(chain.Count - 1);
        return workflow with { Jobs = jobs };
    }

    private JobDefinition Resolve(JobDefinition job, WorkflowReference here, Findings findings, PermissionSet inherited)
    {
        var reference = WorkflowReference.Parse(job.Uses!, here);
        if (!CountCall(job.UsesPlace, findings))
            return job;
        if (chain.Contains(reference))
        {
            findings.Error(
                job.UsesPlace,
                "call",
                $"Workflows may not call each other in a circle: {string.Join(" -> ", chain.SkipWhile(file => file != reference).Append(reference))}");
            return job;
        }

        if (chain.Count > options.MaxNesting)
        {
            // As GitHub, without a place: the mistake is in the chain of files, not in the one that ends it.
            findings.Error(
                default,
                "call",
                $"Nested reusable workflow depth exceeded {options.MaxNesting}: {string.Join(" -> ", chain.Append(reference))}, called by line "
                + $"{job.UsesPlace.Line} of {findings.File}, is one too many");
            return job;
        }

        if (Load(reference, job.UsesPlace, findings) is not { } called || !Count(called, loaded[reference].Read!.Size, job.UsesPlace, findings))
            return job;

        if (called.Call is not { } call)
        {
            findings.Error(job.UsesPlace, "call", $"The workflow '{reference}' cannot be called: it has no 'workflow_call' under 'on'");
            return job;
        }

        CheckInputs(job, called.File, call, findings);
        CheckSecrets(job, call, findings);
        var allowed = PermissionSet.Of(job.Permissions) ?? inherited;
        var before = findings.ErrorCount;
        CheckPermissions(job, called, allowed, findings);
        return findings.ErrorCount > before ? job : job with { Called = ResolveCalled(called, reference, findings, allowed) };
    }

    private WorkflowDefinition ResolveCalled(WorkflowDefinition called, WorkflowReference reference, Findings findings, PermissionSet allowed)
    {
        var inner = new Findings(called.File);
        var resolved = Resolve(called, reference, inner, allowed);
        findings.Take(inner);
        return resolved;
    }

    /// <summary>False above the limit, which is reported once.</summary>
    private bool CountCall(Place place, Findings findings)
    {
        if (++calls == WorkflowReadOptions.MaxCalls + 1)
            findings.Error(place, "call", $"More than {WorkflowReadOptions.MaxCalls} workflows are called");
        return calls <= WorkflowReadOptions.MaxCalls;
    }

    /// <summary>Adds a called file, once for each call. False above a limit, which is reported once.</summary>
    private bool Count(WorkflowDefinition called, long more, Place place, Findings findings)
    {
        var (sizeBefore, jobsBefore) = (size, jobs);
        size += more;
        jobs += called.Jobs.Count;
        if (size > options.MaxResultSize && sizeBefore <= options.MaxResultSize)
            findings.Error(place, "limit", $"{ErrorFrom(called.File)}: {ResultSize.Exceeded}");
        if (options.MaxJobs > 0 && jobs > options.MaxJobs && jobsBefore <= options.MaxJobs)
            findings.Error(place, "limit", $"{ErrorFrom(called.File)}: {options.TooManyJobs}");
        return size <= options.MaxResultSize && (options.MaxJobs == 0 || jobs <= options.MaxJobs);
    }

    private static string ErrorFrom(string uses) => $"Error from called workflow {uses}";

    private WorkflowDefinition? Load(WorkflowReference reference, Place place, Findings findings)
    {
        if (!loaded.TryGetValue(reference, out var known))
        {
            if (loaded.Count == WorkflowReadOptions.MaxCalledFiles)
            {
                findings.Error(place, "call", $"More than {WorkflowReadOptions.MaxCalledFiles} different workflows are called");
                return null;
            }

            known = Load(reference);
            loaded.Add(reference, known);
        }

        if (known.Read is not { } read)
        {
            findings.Error(place, "call", $"The workflow '{Suggestion.Show(reference.ToString())}' was not found{(known.Why is null ? "" : ": " + known.Why)}");
            return null;
        }

        foreach (var error in read.Diagnostics.Where(found => found.Severity == Severity.Error))
            findings.Error(
                place,
                "call",
                $"{ErrorFrom(read.File)}{(error.Place.IsKnown ? $" (Line: {error.Place.Line}, Col: {error.Place.Column})" : "")}: {error.Message}");
        return read.Definition;
    }

    private (FileRead? Read, string? Why) Load(WorkflowReference reference)
    {
        switch (options.LoadWorkflow!(reference))
        {
            case LoadedWorkflow.Found found:
                var read = WorkflowReader.ReadFile(reference.ToString(), found.Yaml, options);
                var origin = new WorkflowOrigin(reference, found.Commit, found.FullRef);
                return (read with { Definition = read.Definition is { } definition ? definition with { Origin = origin } : null }, null);
            case LoadedWorkflow.Missing missing:
                return (null, missing.Why);
            case var other:
                throw new InvalidOperationException($"A workflow was loaded as {other}.");
        }
    }

    private static void CheckInputs(JobDefinition job, string file, TriggerDefinition call, Findings findings)
    {
        foreach (var input in call.Inputs.Where(input => input.Default is { } value && !Fits(input.Type, value)))
        {
            var value = input.Default!;
            findings.Error(
                job.UsesPlace,
                "call",
                $"{ErrorFrom(file)} (Line: {value.Place.Line}, Col: {value.Place.Column}): Unexpected value "
                + $"'{Suggestion.Show(TemplateReader.TextOf(value))}': input {input.Name} is a {input.Type}");
        }

        var declared = call.Inputs.ToDictionary(input => input.Name, StringComparer.OrdinalIgnoreCase);
        var given = job.With.NamedEntries();
        foreach (var (name, value) in given.TakeWhile(_ => !findings.IsFull(Severity.Error)))
        {
            if (!declared.TryGetValue(name.Value, out var input))
                findings.Error(
                    value.Place,
                    "call",
                    $"Invalid input, {name.Value} is not defined in the referenced "
                    + $"workflow{Suggestion.For(name.Value, call.Inputs.Select(known => known.Name))}");
            else if (!Fits(input.Type, value))
                findings.Error(
                    value.Place,
                    "call",
                    $"Unexpected value '{Suggestion.Show(TemplateReader.TextOf(value))}': input {input.Name} is a {input.Type}");
        }

        // A default does not help: GitHub asks for what is required.
        var names = NamesOf(given);
        foreach (var input in call.Inputs.Where(input => input.Required && !names.Contains(input.Name)))
            findings.Error(job.UsesPlace, "call", $"Input {input.Name} is required, but not provided while calling");
    }

    private static HashSet<string> NamesOf(IReadOnlyList<NamedEntry> entries) =>
        entries.Select(entry => entry.Key.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static bool Fits(string type, TemplateToken value) => value is ExpressionToken || type switch
    {
        "boolean" => value is BooleanToken,
        "number" => value is NumberToken,
        _ => true,
    };

    private static void CheckSecrets(JobDefinition job, TriggerDefinition call, Findings findings)
    {
        // The text is 'inherit': the called workflow sees all of the caller's.
        if (job.Secrets is StringToken)
            return;

        var names = call.Secrets.Select(secret => secret.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var given = job.Secrets.NamedEntries();
        foreach (var (name, value) in given.Where(entry => !names.Contains(entry.Key.Value)).TakeWhile(_ => !findings.IsFull(Severity.Error)))
            findings.Error(value.Place, "call", $"Invalid secret, {name.Value} is not defined in the referenced workflow{Suggestion.For(name.Value, names)}");
        var givenNames = NamesOf(given);
        foreach (var secret in call.Secrets.Where(secret => secret.Required && !givenNames.Contains(secret.Name)))
            findings.Error(job.UsesPlace, "call", $"Secret {secret.Name} is required, but not provided while calling");
    }

    /// <summary>A called workflow may only lower what its caller's token may do.</summary>
    private static void CheckPermissions(JobDefinition caller, WorkflowDefinition called, PermissionSet allowed, Findings findings)
    {
        Check(PermissionSet.Of(called.Permissions), $"The workflow '{called.File}'");
        foreach (var job in called.Jobs)
            Check(PermissionSet.Of(job.Permissions), $"The nested job '{job.Name.Text() ?? job.Id}'");

        void Check(PermissionSet? asked, string who)
        {
            if (asked?.Exceeds(allowed) is not { Count: > 0 } exceeding)
                return;
            findings.Error(
                caller.Place,
                "call",
                $"Error calling workflow '{called.File}'. {who} is requesting "
                + $"'{string.Join(", ", exceeding.Select(scope => $"{scope.Scope}: {scope.Asked}"))}', "
                + $"but is only allowed '{string.Join(", ", exceeding.Select(scope => $"{scope.Scope}: {scope.Allowed}"))}'");
        }
    }
}
