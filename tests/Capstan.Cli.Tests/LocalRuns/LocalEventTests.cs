using Capstan.Cli.LocalRuns;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>The payload that is made up, and what <c>--payload</c> says over it.</summary>
public sealed class LocalEventTests : IDisposable
{
    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Objects_of_the_given_payload_are_merged_and_everything_else_is_replaced()
    {
        var happened = Create("push", """{"head_commit":{"message":"given","added":["a"]},"commits":[],"before":null,"pusher":"nobody","more":{"a":1}}""");

        Assert.Equal(
            ("given", "Ada Lovelace", "refs/heads/main"),
            (Text(happened, "head_commit", "message"), Text(happened, "head_commit", "author", "name"), Text(happened, "ref")));
        Assert.Empty(Assert.IsType<ArrayValue>(Find(happened, "commits")).Items);
        Assert.Equal(("nobody", "1", "a"), (Text(happened, "pusher"), Text(happened, "more", "a"), ValueText.Of(((ArrayValue)Find(happened, "head_commit", "added")!).Items[0])));
        Assert.Null(happened.Before);
    }

    [Fact]
    public void What_is_made_up_keeps_its_place_and_what_is_new_comes_last()
    {
        var names = Create("push", """{"new":1,"ref":"refs/heads/other"}""").Payload.Properties.Select(property => property.Key);

        Assert.Equal(
            [
                "repository", "sender", "ref", "before", "after", "base_ref", "created", "deleted", "forced", "compare", "commits", "head_commit", "pusher", "new",
            ],
            names);
    }

    [Fact]
    public void A_given_pull_request_decides_its_branches_and_its_number()
    {
        var happened = Create("pull_request", """{"number":7,"action":"synchronize","pull_request":{"head":{"ref":"topic"},"base":{"ref":"release"}}}""");

        Assert.Equal(("refs/pull/7/merge", "topic", "release", "synchronize"), (happened.Ref, happened.HeadRef, happened.BaseRef, happened.Action));
        Assert.Equal(("open", "main"), (Text(happened, "pull_request", "state"), Text(happened, "pull_request", "base", "label")));
    }

    [Fact]
    public void A_pull_request_whose_number_is_taken_away_is_the_first() => Assert.Equal("refs/pull/1/merge", Create("pull_request", """{"number":null}""").Ref);

    [Theory]
    [InlineData("[1]", ": a payload is a JSON object.")]
    [InlineData("{", "The payload cannot be read: ")]
    [InlineData("{} {}", "The payload cannot be read: ")]
    [InlineData("""{"a":"\ud800"}""", "The payload cannot be read: a text holds half of a surrogate pair")]
    public void A_payload_that_is_no_JSON_object_is_a_usage_error(string payload, string message)
    {
        var refusal = Assert.Throws<CommandException>(() => Create("push", payload));

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_may_begin_with_the_mark_of_UTF8() => Assert.Equal("reopened", Create("push", "\uFEFF{\"action\":\"reopened\"}").Action);

    [Fact]
    public void A_payload_that_is_not_there_is_a_usage_error()
    {
        var refusal = Assert.Throws<CommandException>(() => Create("push", payload: null));

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.StartsWith("The payload cannot be read: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_without_a_name_is_a_usage_error()
    {
        var refusal = Assert.Throws<CommandException>(() => Create("push", payload: null, file: ""));

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.StartsWith("The payload cannot be read: ", refusal.Message, StringComparison.Ordinal);
    }

    private LocalEvent Create(string name, string? payload, string? file = null)
    {
        var sha = repository.Commit();
        file ??= Path.Combine(repository.Root, "payload.json");
        if (payload is not null)
        {
            File.WriteAllText(file, payload);
        }

        var git = GitFolder.Find(repository.Root)!;
        return LocalEvent.Create(git, GitCommit.Read(git, sha, _ => null), RunOptions.Parse(["--event", name, "--payload", file]));
    }

    private static string Text(LocalEvent happened, params string[] path) => ValueText.Of(Find(happened, path)!);

    private static Value? Find(LocalEvent happened, params string[] path) => path.Aggregate<string, Value?>(happened.Payload, (value, name) => (value as ObjectValue)?.Find(name));
}
