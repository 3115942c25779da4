using System.Text.Json;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.LocalRuns;

/// <summary>
/// The event that a local run pretends has happened: what git knows of the commit that is checked out, under what <c>--payload</c> and <c>--github</c> say.
/// </summary>
internal sealed record LocalEvent
{
    public const string NoCommit = "0000000000000000000000000000000000000000";

    public required string Name { get; init; }

    /// <summary>The webhook's payload, complete.</summary>
    public required ObjectValue Payload { get; init; }

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
            payload = Merge(payload, ReadPayload(file));
        }

        var pullRequest = payload.Find("pull_request") as ObjectValue;
        var name = options.Event;
        return new LocalEvent
        {
            Name = name,
            Payload = payload,
            Ref = options.Github.GetValueOrDefault("ref") ?? draft.Ref(name, payload),
            Sha = options.Github.GetValueOrDefault("sha") ?? commit.Sha,
            HeadRef = options.Github.GetValueOrDefault("head_ref") ?? Text(pullRequest?.Find("head"), "ref") ?? "",
            BaseRef = options.Github.GetValueOrDefault("base_ref") ?? Text(pullRequest?.Find("base"), "ref") ?? "",
            Repository = repository,
            Actor = actor,
            ServerUrl = draft.ServerUrl,
        };
    }

    /// <summary>A name without <c>refs/</c> is a tag if there is such a tag and no such branch, else a branch, which need not exist.</summary>
    private static string FullRef(GitFolder git, string name) =>
        name.StartsWith("refs/", StringComparison.Ordinal) ? name
        : git.Commit("refs/heads/" + name) is null && git.Commit("refs/tags/" + name) is not null ? "refs/tags/" + name
        : "refs/heads/" + name;

    private static string? Text(Value? value, string name) => (value as ObjectValue)?.Find(name) is StringValue text ? text.Data : null;

    private static ObjectValue ReadPayload(string file)
    {
        try
        {
            return ValueJson.Parse(TextFile.Read(file)) as ObjectValue ?? throw CommandException.Usage($"{file}: a payload is a JSON object.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CommandException.Usage($"The payload cannot be read: {e.Message}");
        }
    }

    /// <summary>What is given wins; objects are merged, everything else is replaced.</summary>
    private static ObjectValue Merge(ObjectValue target, ObjectValue given)
    {
        var properties = new List<KeyValuePair<string, Value>>(target.Properties);
        foreach (var (name, value) in given.Properties)
        {
            properties.Add(new(name, target.Find(name) is ObjectValue inner && value is ObjectValue other ? Merge(inner, other) : value));
        }

        return new ObjectValue(properties);
    }

    /// <summary>What goes into a made-up payload.</summary>
    private sealed record Draft(GitFolder Git, GitCommit Commit, string Repository, string Actor, string ServerUrl, string DefaultBranch)
    {
        private const string Heads = "refs/heads/";

        public ObjectValue Payload(RunOptions options, string reference)
        {
            var properties = new List<KeyValuePair<string, Value>> { new("repository", RepositoryObject()), new("sender", Person(Actor)) };
            switch (options.Event)
            {
                case "push":
                    AddPush(properties, reference);
                    break;
                case "pull_request" or "pull_request_target":
                    AddPullRequest(properties, options, reference);
                    break;
                case "workflow_dispatch":
                    properties.Add(new("ref", Value.Of(reference)));
                    properties.Add(new("inputs", new ObjectValue(options.Inputs.Select(i => KeyValuePair.Create(i.Key, Value.Of(i.Value))))));
                    break;
                case "schedule":
                    properties.Add(new("schedule", StringValue.Empty));
                    break;
                default:
                    break;
            }

            return new ObjectValue(properties);
        }

        /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows</summary>
        public string Ref(string name, ObjectValue payload) => name switch
        {
            "pull_request" => $"refs/pull/{(payload.Find("number") is { Kind: not ValueKind.Null } number ? ValueText.Of(number) : "1")}/merge",
            "pull_request_target" or "schedule" => Heads + DefaultBranch,
            _ => Text(payload, "ref") ?? Git.Branch() ?? Heads + DefaultBranch,
        };

        /// <summary>Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push</summary>
        private void AddPush(List<KeyValuePair<string, Value>> payload, string reference)
        {
            var before = Commit.Parents.Count > 0 ? Commit.Parents[0] : NoCommit;
            var commit = CommitObject();
            payload.Add(new("ref", Value.Of(reference)));
            payload.Add(new("before", Value.Of(before)));
            payload.Add(new("after", Value.Of(Commit.Sha)));
            payload.Add(new("base_ref", Value.Null));
            payload.Add(new("created", Value.Of(before == NoCommit)));
            payload.Add(new("deleted", Value.False));
            payload.Add(new("forced", Value.False));
            payload.Add(new("compare", Value.Of($"{ServerUrl}/{Repository}/compare/{before}...{Commit.Sha}")));
            payload.Add(new("commits", new ArrayValue([commit])));
            payload.Add(new("head_commit", commit));
            payload.Add(new("pusher", new ObjectValue([new("name", Value.Of(Actor)), new("email", Value.Of(Commit.Committer.Email))])));
        }

        /// <summary>Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request</summary>
        private void AddPullRequest(List<KeyValuePair<string, Value>> payload, RunOptions options, string reference)
        {
            var head = reference.StartsWith(Heads, StringComparison.Ordinal) ? reference[Heads.Length..] : DefaultBranch;
            var target = options.Github.GetValueOrDefault("base_ref") ?? DefaultBranch;
            payload.Add(new("action", Value.Of("opened")));
            payload.Add(new("number", Value.Of(1)));
            payload.Add(new("pull_request", new ObjectValue(
            [
                new("number", Value.Of(1)),
                new("state", Value.Of("open")),
                new("title", Value.Of(Commit.Message.Split('\n', 2)[0])),
                new("body", Value.Null),
                new("draft", Value.False),
                new("merged", Value.False),
                new("user", Person(Actor)),
                new("labels", ArrayValue.Empty),
                new("head", EndObject(head, Commit.Sha)),
                new("base", EndObject(target, Git.Commit(Heads + target) ?? NoCommit)),
                new("html_url", Value.Of($"{ServerUrl}/{Repository}/pull/1")),
            ])));
        }

        /// <summary>One of the two branches of a pull request.</summary>
        private ObjectValue EndObject(string branch, string sha) => new(
        [
            new("ref", Value.Of(branch)),
            new("sha", Value.Of(sha)),
            new("label", Value.Of(branch)),
            new("repo", RepositoryObject()),
        ]);

        private ObjectValue CommitObject() => new(
        [
            new("id", Value.Of(Commit.Sha)),
            new("tree_id", Value.Of(Commit.Tree)),
            new("distinct", Value.True),
            new("message", Value.Of(Commit.Message)),
            new("timestamp", Value.Of(Commit.WhenText)),
            new("url", Value.Of($"{ServerUrl}/{Repository}/commit/{Commit.Sha}")),
            new("author", GitPersonObject(Commit.Author)),
            new("committer", GitPersonObject(Commit.Committer)),
        ]);

        private ObjectValue RepositoryObject()
        {
            var slash = Repository.IndexOf('/', StringComparison.Ordinal);
            var (owner, name) = slash < 0 ? (Repository, Repository) : (Repository[..slash], Repository[(slash + 1)..]);
            return new ObjectValue(
            [
                new("name", Value.Of(name)),
                new("full_name", Value.Of(Repository)),
                new("private", Value.True),
                new("fork", Value.False),
                new("owner", Person(owner)),
                new("default_branch", Value.Of(DefaultBranch)),
                new("master_branch", Value.Of(DefaultBranch)),
                new("html_url", Value.Of($"{ServerUrl}/{Repository}")),
                new("clone_url", Value.Of($"{ServerUrl}/{Repository}.git")),
                new("url", Value.Of($"{ServerUrl}/{Repository}")),
            ]);
        }

        private static ObjectValue GitPersonObject(GitPerson person) => new([new("name", Value.Of(person.Name)), new("email", Value.Of(person.Email))]);

        private static ObjectValue Person(string login) => new([new("login", Value.Of(login)), new("name", Value.Of(login)), new("type", Value.Of("User"))]);
    }
}
