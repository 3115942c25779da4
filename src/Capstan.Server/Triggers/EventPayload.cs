using System.Buffers;
using System.Text.Json;
using Capstan.Server.Git;

namespace Capstan.Server.Triggers;

/// <summary>A repository as events tell of it.</summary>
/// <param name="ServerUrl">Without a slash at its end.</param>
internal sealed record EventRepository(
    long Id, string Name, string Owner, long OwnerId, string? Description, string Visibility, string DefaultBranch, DateTimeOffset CreatedAt, string ServerUrl)
{
    public string FullName => $"{Owner}/{Name}";

    public string HtmlUrl => $"{ServerUrl}/{FullName}";
}

/// <summary>Who caused an event.</summary>
internal sealed record EventActor(long Id, string Username, string Email);

/// <summary>Builds <c>github.event</c> in the form that workflows expect.</summary>
/// <remarks>Source: <see href="https://docs.github.com/en/webhooks/webhook-events-and-payloads#push"/>.</remarks>
internal static class EventPayload
{
    /// <summary>Where commits are cut in the address of a comparison.</summary>
    private const int ShortShaLength = 12;

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="head">Null when the ref was deleted.</param>
    /// <param name="history">Null for tags and deleted refs, which add no commits.</param>
    public static JsonElement Push(EventRepository repository, EventActor actor, PushCommand command, Commit? head, PushHistory? history) => Write(json =>
    {
        json.WriteString("ref", command.Ref);
        json.WriteString("before", command.Old);
        json.WriteString("after", command.New);
        json.WriteNull("base_ref");
        json.WriteBoolean("created", command.Creates);
        json.WriteBoolean("deleted", command.Deletes);
        json.WriteBoolean("forced", history?.Forced ?? false);
        json.WriteString("compare", Compare(repository, command));
        json.WriteStartArray("commits");
        foreach (var commit in history?.Commits ?? [])
            WriteCommit(json, repository, commit);
        json.WriteEndArray();
        json.WritePropertyName("head_commit");
        if (head is null)
            json.WriteNullValue();
        else
            WriteCommit(json, repository, head);
        WriteRepository(json, repository);
        json.WriteStartObject("pusher");
        json.WriteString("name", actor.Username);
        json.WriteString("email", actor.Email);
        json.WriteEndObject();
        WriteOrganization(json, repository);
        WriteSender(json, repository, actor);
    });

    /// <param name="inputs">As text, an object.</param>
    public static JsonElement Dispatch(EventRepository repository, EventActor actor, string workflow, string reference, JsonElement inputs) => Write(json =>
    {
        json.WritePropertyName("inputs");
        inputs.WriteTo(json);
        json.WriteString("ref", reference);
        json.WriteString("workflow", workflow);
        WriteRepository(json, repository);
        WriteOrganization(json, repository);
        WriteSender(json, repository, actor);
    });

    private static string Compare(EventRepository repository, PushCommand command)
    {
        if (command.Creates || command.Deletes)
            return $"{repository.HtmlUrl}/compare/{RefName.BranchOf(command.Ref) ?? RefName.TagOf(command.Ref) ?? command.Ref}";
        return $"{repository.HtmlUrl}/compare/{command.Old[..ShortShaLength]}...{command.New[..ShortShaLength]}";
    }

    private static void WriteCommit(Utf8JsonWriter json, EventRepository repository, Commit commit)
    {
        json.WriteStartObject();
        json.WriteString("id", commit.Sha);
        json.WriteString("tree_id", commit.Tree);
        json.WriteBoolean("distinct", value: true);
        json.WriteString("message", Text(commit.Message.TrimEnd('\n')));
        json.WriteString("timestamp", commit.Committer.When.ToString("yyyy-MM-dd'T'HH:mm:sszzz"));
        json.WriteString("url", $"{repository.HtmlUrl}/commit/{commit.Sha}");
        WritePerson(json, "author", commit.Author);
        WritePerson(json, "committer", commit.Committer);
        json.WriteEndObject();
    }

    // PostgreSQL's jsonb takes every character but this one.
    private static string Text(string text) => text.Replace("\0", "", StringComparison.Ordinal);

    private static void WritePerson(Utf8JsonWriter json, string key, CommitSignature person)
    {
        json.WriteStartObject(key);
        json.WriteString("name", Text(person.Name));
        json.WriteString("email", Text(person.Email));
        json.WriteEndObject();
    }

    private static void WriteRepository(Utf8JsonWriter json, EventRepository repository)
    {
        json.WriteStartObject("repository");
        json.WriteNumber("id", repository.Id);
        json.WriteString("name", repository.Name);
        json.WriteString("full_name", repository.FullName);
        json.WriteBoolean("private", repository.Visibility != "public");
        json.WriteString("visibility", repository.Visibility);
        json.WriteStartObject("owner");
        json.WriteNumber("id", repository.OwnerId);
        json.WriteString("login", repository.Owner);
        json.WriteString("name", repository.Owner);
        json.WriteString("type", "Organization");
        json.WriteString("html_url", $"{repository.ServerUrl}/{repository.Owner}");
        json.WriteEndObject();
        json.WriteString("description", repository.Description);
        json.WriteBoolean("fork", value: false);
        json.WriteString("html_url", repository.HtmlUrl);
        json.WriteString("url", repository.HtmlUrl);
        json.WriteString("clone_url", $"{repository.HtmlUrl}.git");
        json.WriteString("default_branch", repository.DefaultBranch);
        json.WriteString("master_branch", repository.DefaultBranch);
        json.WriteNumber("created_at", repository.CreatedAt.ToUnixTimeSeconds());
        json.WriteEndObject();
    }

    private static void WriteOrganization(Utf8JsonWriter json, EventRepository repository)
    {
        json.WriteStartObject("organization");
        json.WriteNumber("id", repository.OwnerId);
        json.WriteString("login", repository.Owner);
        json.WriteEndObject();
    }

    private static void WriteSender(Utf8JsonWriter json, EventRepository repository, EventActor actor)
    {
        json.WriteStartObject("sender");
        json.WriteNumber("id", actor.Id);
        json.WriteString("login", actor.Username);
        json.WriteString("type", "User");
        json.WriteString("html_url", $"{repository.ServerUrl}/{actor.Username}");
        json.WriteEndObject();
    }

    private static JsonElement Write(Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
