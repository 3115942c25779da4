using Capstan.Server.Git;
using Capstan.Server.Hosting;
using Capstan.Server.Runs;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Triggers;
using Npgsql;

namespace Capstan.Server.Triggers;

/// <summary>Looks at one event: which workflows of its commit fire, and why. Everything it writes belongs to the transaction that it is given.</summary>
internal sealed class TriggerProcessor(
    TriggerEvents events, PushTrigger pushes, WorkflowFiles files, WorkflowCalls calls, ObjectReaders objects, RunCreator runs, ServerAddresses addresses)
{
    /// <summary>
    /// Changed paths that filters are asked about; what comes after them is not seen.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#git-diff-comparisons
    /// </summary>
    public const int MaxChangedPaths = 300;

    private static readonly TriggerDecision Disabled = new(Fires: false, "the workflow is disabled");

    /// <returns>The wake-up channels to signal after the commit.</returns>
    public Task<IReadOnlyCollection<string>> ProcessAsync(NpgsqlConnection connection, ClaimedEvent @event, CancellationToken cancellationToken) =>
        objects.UseAsync<IReadOnlyCollection<string>>(@event.RepositoryId, async reader =>
        {
            var facts = await ReadAsync(connection, @event, reader, cancellationToken);
            await events.ProcessedAsync(connection, @event.Id, facts);
            if (facts.Why is not null)
                return [];

            var workflows = await FilesAsync(reader, facts, cancellationToken);
            var input = new TriggerInput { Event = @event.Event, Ref = @event.Ref, ChangedPaths = await ChangedPathsAsync(reader, @event, facts, workflows, cancellationToken) };
            var decisions = new List<RecordedDecision>();
            var wakeUps = new HashSet<string>(StringComparer.Ordinal);
            foreach (var workflow in workflows)
            {
                var decision = @event.DisabledWorkflows.Contains(workflow.Path) ? Disabled : Decide(workflow, input);
                CreatedRun? run = null;
                if (decision.Fires)
                {
                    var caller = new CallingRepository(@event.RepositoryId, @event.Repository, facts.HeadSha);
                    var whole = await calls.ResolveAsync(workflow, caller, reader, cancellationToken);
                    run = await runs.CreateAsync(connection, NewRunOf(@event, facts, whole), cancellationToken);
                    wakeUps.UnionWith(run.WakeUps);
                }

                decisions.Add(new RecordedDecision(workflow.Path, decision.Why, run?.Id, decision.Filters));
            }

            if (decisions.Count > 0)
                await events.DecidedAsync(connection, @event.Id, decisions);
            return wakeUps;
        });

    // What a broken file's filters would have said nobody knows: it fires, and its run says what is wrong with it.
    private static TriggerDecision Decide(WorkflowFile workflow, TriggerInput input) => workflow.Definition is { } definition
        ? TriggerMatcher.Decide(definition, input)
        : new TriggerDecision(true, "the file is invalid; its run says why");

    private Task<TriggerFacts> ReadAsync(NpgsqlConnection connection, ClaimedEvent @event, ObjectReader reader, CancellationToken cancellationToken)
    {
        var actor = new EventActor(@event.ActorId.Value, @event.Actor, @event.ActorEmail);
        var repository = new EventRepository(
            @event.RepositoryId.Value, @event.Repository, @event.Owner, @event.OwnerId.Value, @event.Description, @event.Visibility, @event.DefaultBranch,
            @event.RepositoryCreatedAt, addresses.PublicUrl);
        return @event.PushId is not null
            ? pushes.ReadAsync(connection, @event, repository, actor, reader, cancellationToken)
            : Task.FromResult(DispatchTrigger.Read(@event));
    }

    private async Task<IReadOnlyList<WorkflowFile>> FilesAsync(ObjectReader reader, TriggerFacts facts, CancellationToken cancellationToken)
    {
        if (facts.OnlyWorkflow is not { } only)
            return await files.ReadAllAsync(reader, facts.HeadSha, cancellationToken);
        return await files.ReadOneAsync(reader, facts.HeadSha, only, cancellationToken) is { } file ? [file] : [];
    }

    // Read beforehand, because filters are pure and cannot wait; and only when some filter will ask.
    private static async Task<Lazy<IReadOnlyList<string>?>?> ChangedPathsAsync(
        ObjectReader reader, ClaimedEvent @event, TriggerFacts facts, IReadOnlyList<WorkflowFile> workflows, CancellationToken cancellationToken)
    {
        if (facts is not { Head: { } head, History.ComparedWith: { } base_ } || !workflows.Any(workflow => AsksForPaths(workflow.Definition, @event.Event)))
            return null;
        var before = ObjectName.IsZero(base_) ? ObjectName.EmptyTree : (await Commit.ReadAsync(reader, base_, cancellationToken))?.Tree;
        var changed = before is null ? null : await TreeDiff.ReadAsync(reader, before, head.Tree, MaxChangedPaths, cancellationToken);
        return new Lazy<IReadOnlyList<string>?>(changed);
    }

    private static bool AsksForPaths(WorkflowDefinition? workflow, string name) =>
        workflow is not null && workflow.Triggers.Any(trigger => trigger.Event == name && (trigger.Paths ?? trigger.PathsIgnore) is not null);

    private static NewRun NewRunOf(ClaimedEvent @event, TriggerFacts facts, WorkflowFile workflow) => new()
    {
        Repository = @event.RepositoryId,
        WorkflowPath = workflow.Path,
        BlobSha = workflow.BlobSha,
        YamlContent = workflow.Yaml,
        Definition = workflow.Definition,
        Diagnostics = workflow.Diagnostics,
        Called = workflow.Called,
        TriggerEvent = @event.Id,
        Event = @event.Event,
        Payload = facts.Payload,
        Ref = @event.Ref,
        HeadSha = facts.HeadSha,
        Actor = @event.ActorId,
        Title = TitleOf(facts),
        Inputs = facts.OnlyWorkflow is not null && workflow.Definition is { } definition ? DispatchTrigger.InputsOf(definition, facts.Payload) : default,
    };

    // As GitHub: a push's run is called by its commit. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#run-name
    private static string? TitleOf(TriggerFacts facts) =>
        facts.Head?.Message.Replace("\0", "", StringComparison.Ordinal).TrimStart().Split('\n')[0].TrimEnd() is { Length: > 0 } title ? title : null;
}
