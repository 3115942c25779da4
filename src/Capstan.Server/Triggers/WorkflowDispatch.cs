using System.Text.Json;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Triggers;
using Dapper;

namespace Capstan.Server.Triggers;

/// <summary>What came of asking for a run of a workflow.</summary>
public abstract record DispatchResult
{
    private DispatchResult()
    {
    }

    /// <summary>The run is made from this event within milliseconds.</summary>
    public sealed record Accepted(TriggerEventId Event) : DispatchResult;

    public sealed record NoSuchRef(string Ref) : DispatchResult;

    /// <summary>The commit has no such workflow file.</summary>
    public sealed record NoSuchWorkflow(string Path, string Ref) : DispatchResult;

    /// <summary>It is disabled, or its <c>on</c> does not name <c>workflow_dispatch</c>.</summary>
    public sealed record NotDispatchable(string Why) : DispatchResult;

    public sealed record InvalidWorkflow(IReadOnlyList<Diagnostic> Diagnostics) : DispatchResult;

    public sealed record InvalidInputs(IReadOnlyList<DispatchInputError> Errors) : DispatchResult;
}

/// <summary>Starts a workflow because somebody asks for it (<c>workflow_dispatch</c>). Thread-safe.</summary>
/// <remarks>
/// The file is looked for in the commit that is asked for; unlike GitHub it need not be on the default branch as well.
/// Source: <see href="https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch"/>.
/// </remarks>
public sealed class WorkflowDispatch
{
    private const string IsDisabled = "select exists (select from actions_workflows where repository_id = @Repository and path = @Path and state = 'disabled')";

    private const string RepositoryFacts = """
        select r.description, r.created_at, u.email from repositories r, users u where r.id = @Repository and u.id = @User
        """;

    private readonly Database database;
    private readonly ObjectReaders objects;
    private readonly WorkflowFiles files;
    private readonly TriggerEvents events;
    private readonly AuditLog audit;
    private readonly WakeUps wakeUps;
    private readonly ServerAddresses addresses;

    internal WorkflowDispatch(
        Database database, ObjectReaders objects, WorkflowFiles files, TriggerEvents events, AuditLog audit, WakeUps wakeUps, ServerAddresses addresses)
    {
        this.database = database;
        this.objects = objects;
        this.files = files;
        this.events = events;
        this.audit = audit;
        this.wakeUps = wakeUps;
        this.addresses = addresses;
    }

    /// <param name="file">The file's name, or its path in the repository.</param>
    /// <param name="reference">A branch, a tag, or a full ref; null: the default branch.</param>
    public async Task<DispatchResult> CreateAsync(
        AccessedRepository repository, string file, string? reference, IReadOnlyDictionary<string, JsonElement>? inputs, UserPrincipal by, CancellationToken cancellationToken)
    {
        var path = WorkflowFiles.PathOf(file);
        var asked = reference ?? repository.DefaultBranch;
        var (fullRef, head, workflow) = await objects.UseAsync(repository.Id, reader => FindAsync(reader, asked, path, cancellationToken));
        if (fullRef is null || head is null)
            return new DispatchResult.NoSuchRef(asked);
        if (workflow is null)
            return new DispatchResult.NoSuchWorkflow(path, fullRef);
        if (workflow.Definition is not { } definition)
            return new DispatchResult.InvalidWorkflow(workflow.Diagnostics);
        if (DispatchTrigger.Declared(definition) is not { } declared)
            return new DispatchResult.NotDispatchable($"{path} does not name workflow_dispatch under 'on'.");
        var resolved = Resolve(declared, inputs);
        if (!resolved.IsValid)
            return new DispatchResult.InvalidInputs(resolved.Errors);

        var result = await database.InTransactionAsync<DispatchResult>(
            async connection =>
            {
                if (await connection.ExecuteScalarAsync<bool>(IsDisabled, new { Repository = repository.Id, Path = path }))
                    return new DispatchResult.NotDispatchable($"{path} is disabled.");
                var facts = await connection.QuerySingleAsync<FactsRow>(RepositoryFacts, new { Repository = repository.Id, User = by.Id });
                var payload = EventPayload.Dispatch(
                    new EventRepository(
                        repository.Id.Value, repository.Path, repository.Owner, repository.OrganizationId.Value, facts.Description, repository.Visibility, repository.DefaultBranch,
                        facts.CreatedAt, addresses.PublicUrl),
                    new EventActor(by.Id.Value, by.Username, facts.Email),
                    path, fullRef, ValueJson.ToElement(resolved.EventInputs));
                var id = await events.InsertAsync(connection, repository.Id, DispatchTrigger.Event, fullRef, head.Sha, by.Id, payload);
                await audit.WriteAsync(connection, new AuditEntry(by, "workflow.dispatch", path)
                {
                    OrganizationId = repository.OrganizationId,
                    RepositoryId = repository.Id,
                    Detail = new Dictionary<string, string?> { ["ref"] = fullRef, ["head_sha"] = head.Sha },
                });
                return new DispatchResult.Accepted(id);
            },
            cancellationToken);
        if (result is DispatchResult.Accepted)
            wakeUps.Signal(TriggerEvents.Channel);
        return result;
    }

    private static DispatchInputsResult Resolve(IReadOnlyList<InputDefinition> declared, IReadOnlyDictionary<string, JsonElement>? inputs)
    {
        var given = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in inputs ?? new Dictionary<string, JsonElement>())
        {
            try
            {
                given.Add(name, ValueJson.Read(value));
            }
            catch (JsonException e)
            {
                return new DispatchInputsResult { Errors = [new DispatchInputError(name, e.Message)] };
            }
        }

        return DispatchInputs.Resolve(declared, given);
    }

    private async Task<(string? Ref, Commit? Head, WorkflowFile? Workflow)> FindAsync(ObjectReader reader, string asked, string path, CancellationToken cancellationToken)
    {
        string[] candidates = asked.StartsWith("refs/", StringComparison.Ordinal) ? [asked] : [RefName.Heads + asked, RefName.Tags + asked];
        foreach (var candidate in candidates.Where(RefName.IsValid))
        {
            if (await Commit.ReadAsync(reader, candidate, cancellationToken) is { } head)
                return (candidate, head, await files.ReadOneAsync(reader, head.Sha, path, cancellationToken));
        }

        return (null, null, null);
    }

    private sealed record FactsRow(string? Description, DateTimeOffset CreatedAt, string Email);
}
