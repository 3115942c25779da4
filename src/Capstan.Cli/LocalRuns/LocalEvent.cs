using System.Text.Json;
using System.Text.Json.Nodes;
using Capstan.Cli.LocalRuns.Git;

namespace Capstan.Cli.LocalRuns;

/// <summary>
/// The event that a local run pretends has happened: what git knows of the commit that is checked out, under what <c>--payload</c> and <c>--github</c> say.
/// </summary>
internal sealed record LocalEvent
{
    public const string NoCommit = "0000000000000000000000000000000000000000";

    private readonly Lazy<JsonElement> payloadElement = null!;

    public required string Name { get; init; }

    /// <summary>The webhook's payload, complete.</summary>
    public required JsonObject Payload
    {
        get;
        init
        {
            field = value;
            payloadElement = new Lazy<JsonElement>(() => ToElement(value));
        }
    }

    /// <summary>In full.</summary>
    public required string Ref { get; init; }

    public required string Sha { get; init; }
    public required string HeadRef { get; init; }
    public required string BaseRef { get; init; }

    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    public required string Actor { get; init; }
    public required string ServerUrl { get; init; }

    /// <summary>The activity type; null when the event has none.</summary>
    public string? Action => Text(Payload, "action");

    /// <summary>The commit that the pushed one is compared with; null when there is none.</summary>
    public string? Before => Text(Payload, "before") is { } before && before != NoCommit ? before : null;

    /// <exception cref="CommandException">The payload's file is no JSON object.</exception>
    public static LocalEvent Create(GitFolder git, GitCommit commit, RunOptions options)
    {
        var origin = RemoteAddress.Parse(git.Origin());
        var repository = options.Github.GetValueOrDefault("repository")
            ?? (origin is null ? $"local/{Path.GetFileName(git.Root)}" : $"{origin.Owner}/{origin.Name}");
        var actor = options.Github.GetValueOrDefault("actor") ?? Environment.GetEnvironmentVariable("USER") ?? Environment.UserName;
        var draft = new Draft(git, commit, repository, actor, options.Github.GetValueOrDefault("server_url") ?? origin?.Server ?? "http://localhost", git.DefaultBranch());
        var given = options.Github.GetValueOrDefault("ref") ?? (options.Ref is { } asked ? FullRef(git, asked) : null);
        var payload = draft.Payload(options, given ?? git.Branch() ?? "refs/heads/" + draft.DefaultBranch);
        if (options.Payload is { } file)
        {
            Merge(payload, ReadPayload(file));
        }

        var pullRequest = payload["pull_request"] as JsonObject;
        var name = options.Event;
        return new LocalEvent
        {
            Name = name,
            Payload = payload,
            Ref = options.Github.GetValueOrDefault("ref") ?? draft.Ref(name, payload),
            Sha = options.Github.GetValueOrDefault("sha") ?? commit.Sha,
            HeadRef = options.Github.GetValueOrDefault("head_ref") ?? Text(pullRequest?["head"], "ref") ?? "",
            BaseRef = options.Github.GetValueOrDefault("base_ref") ?? Text(pullRequest?["base"], "ref") ?? "",
            Repository = repository,
            Actor = actor,
            ServerUrl = draft.ServerUrl,
        };
    }

    /// <summary>The payload as it is when this is first asked for.</summary>
    public JsonElement PayloadElement => payloadElement.Value;

    private static JsonElement ToElement(JsonObject payload)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            payload.WriteTo(writer);
        }

        using var document = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
        return document.RootElement.Clone();
    }

    /// <summary>A name without <c>refs/</c> is a tag if there is such a tag and no such branch, else a branch, which need not exist.</summary>
    private static string FullRef(GitFolder git, string name) =>
        name.StartsWith("refs/", StringComparison.Ordinal) ? name
        : git.Commit("refs/heads/" + name) is null && git.Commit("refs/tags/" + name) is not null ? "refs/tags/" + name
        : "refs/heads/" + name;

    private static string? Text(JsonNode? node, string name) => (node as JsonObject)?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonObject ReadPayload(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file)) as JsonObject ?? throw CommandException.Usage($"{file}: a payload is a JSON object.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The payload cannot be read: {e.Message}");
        }
    }

    /// <summary>What is given wins; objects are merged, everything else is replaced.</summary>
    private static void Merge(JsonObject target, JsonObject given)
    {
        foreach (var (name, value) in given)
        {
            if (target[name] is JsonObject inner && value is JsonObject other)
            {
                Merge(inner, other);
            }
            else
            {
                target[name] = value?.DeepClone();
            }
        }
    }

    /// <summary>What goes into a made-up payload.</summary>
    private sealed record Draft(GitFolder Git, GitCommit Commit, string Repository, string Actor, string ServerUrl, string DefaultBranch)
    {
        private const string Heads = "refs/heads/";

        public JsonObject Payload(RunOptions options, string reference)
        {
            var payload = new JsonObject { ["repository"] = RepositoryObject(), ["sender"] = Person(Actor) };
            switch (options.Event)
            {
                case "push":
                    AddPush(payload, reference);
                    break;
                case "pull_request" or "pull_request_target":
                    AddPullRequest(payload, options, reference);
                    break;
                case "workflow_dispatch":
                    payload["ref"] = reference;
                    payload["inputs"] = new JsonObject(options.Inputs.Select(i => KeyValuePair.Create<string, JsonNode?>(i.Key, i.Value)));
                    break;
                case "schedule":
                    payload["schedule"] = "";
                    break;
                default:
                    break;
            }

            return payload;
        }

        /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows</summary>
        public string Ref(string name, JsonObject payload) => name switch
        {
            "pull_request" => $"refs/pull/{payload["number"] ?? 1}/merge",
            "pull_request_target" or "schedule" => Heads + DefaultBranch,
            _ => Text(payload, "ref") ?? Git.Branch() ?? Heads + DefaultBranch,
        };

        /// <summary>Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push</summary>
        private void AddPush(JsonObject payload, string reference)
        {
            var before = Commit.Parents.Count > 0 ? Commit.Parents[0] : NoCommit;
            payload["ref"] = reference;
            payload["before"] = before;
            payload["after"] = Commit.Sha;
            payload["base_ref"] = null;
            payload["created"] = before == NoCommit;
            payload["deleted"] = false;
            payload["forced"] = false;
            payload["compare"] = $"{ServerUrl}/{Repository}/compare/{before}...{Commit.Sha}";
            payload["commits"] = new JsonArray(CommitObject());
            payload["head_commit"] = CommitObject();
            payload["pusher"] = new JsonObject { ["name"] = Actor, ["email"] = Commit.Committer.Email };
        }

        /// <summary>Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request</summary>
        private void AddPullRequest(JsonObject payload, RunOptions options, string reference)
        {
            var head = reference.StartsWith(Heads, StringComparison.Ordinal) ? reference[Heads.Length..] : DefaultBranch;
            var target = options.Github.GetValueOrDefault("base_ref") ?? DefaultBranch;
            payload["action"] = "opened";
            payload["number"] = 1;
            payload["pull_request"] = new JsonObject
            {
                ["number"] = 1,
                ["state"] = "open",
                ["title"] = Commit.Message.Split('\n', 2)[0],
                ["body"] = null,
                ["draft"] = false,
                ["merged"] = false,
                ["user"] = Person(Actor),
                ["labels"] = new JsonArray(),
                ["head"] = new JsonObject { ["ref"] = head, ["sha"] = Commit.Sha, ["label"] = head, ["repo"] = RepositoryObject() },
                ["base"] = new JsonObject { ["ref"] = target, ["sha"] = Git.Commit(Heads + target) ?? NoCommit, ["label"] = target, ["repo"] = RepositoryObject() },
                ["html_url"] = $"{ServerUrl}/{Repository}/pull/1",
            };
        }

        private JsonObject CommitObject() => new()
        {
            ["id"] = Commit.Sha,
            ["tree_id"] = Commit.Tree,
            ["distinct"] = true,
            ["message"] = Commit.Message,
            ["timestamp"] = Commit.When.ToString("yyyy-MM-dd'T'HH:mm:sszzz"),
            ["url"] = $"{ServerUrl}/{Repository}/commit/{Commit.Sha}",
            ["author"] = new JsonObject { ["name"] = Commit.Author.Name, ["email"] = Commit.Author.Email },
            ["committer"] = new JsonObject { ["name"] = Commit.Committer.Name, ["email"] = Commit.Committer.Email },
        };

        private JsonObject RepositoryObject()
        {
            var slash = Repository.IndexOf('/', StringComparison.Ordinal);
            var (owner, name) = slash < 0 ? (Repository, Repository) : (Repository[..slash], Repository[(slash + 1)..]);
            return new JsonObject
            {
                ["name"] = name,
                ["full_name"] = Repository,
                ["private"] = true,
                ["fork"] = false,
                ["owner"] = Person(owner),
                ["default_branch"] = DefaultBranch,
                ["master_branch"] = DefaultBranch,
                ["html_url"] = $"{ServerUrl}/{Repository}",
                ["clone_url"] = $"{ServerUrl}/{Repository}.git",
                ["url"] = $"{ServerUrl}/{Repository}",
            };
        }

        private static JsonObject Person(string login) => new() { ["login"] = login, ["name"] = login, ["type"] = "User" };
    }
}
