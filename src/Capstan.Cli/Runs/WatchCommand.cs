using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary><c>capstan runs watch</c>: follows a run, or all runs of a commit, and ends with their result.</summary>
internal static class WatchCommand
{
    /// <summary>How long a commit that was just pushed is waited for to become a run.</summary>
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(200);

    public static Command Create(CommandContext context, RepositoryOption repository)
    {
        var run = new Argument<long?>("RUN") { Description = "Its id (default: the newest run)", Arity = ArgumentArity.ZeroOrOne };
        var commit = new Option<string?>("--commit", "-c") { Description = "All runs of this commit; waits until there is one", HelpName = "SHA" };
        var wait = new Option<int>("--wait") { Description = $"Seconds to wait for a run of the commit (default: {DefaultWait.TotalSeconds})", HelpName = "N", DefaultValueFactory = _ => (int)DefaultWait.TotalSeconds };
        var times = new Option<bool>("--times") { Description = "Show the time of each line" };
        var command = new Command("watch", "Follow a run's log until it ends; exits with 1 unless it succeeded") { run, commit, wait, times };
        command.SetAction((parsed, cancel) => RunAsync(
            new Options(
                repository.Path(parsed, context.Settings), parsed.GetValue(run), parsed.GetValue(commit), TimeSpan.FromSeconds(parsed.GetValue(wait)), parsed.GetValue(times)),
            context,
            cancel));
        return command;
    }

    public sealed record Options(string Repository, long? Run, string? Commit, TimeSpan Wait, bool Times);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        if (options is { Run: not null, Commit: not null })
        {
            throw CommandException.Usage("Name a run or a commit, not both.");
        }

        using var client = context.Connect();
        if (options.Commit is not { } commit)
        {
            return await WatchAsync(client, options, context, await RunQueries.NamedOrNewestAsync(client, options.Repository, options.Run, cancel), cancel) ? ExitCodes.Good : ExitCodes.Bad;
        }

        var good = true;
        var watched = new HashSet<long>();
        await WaitForRunAsync(client, options, commit, context.Clock, cancel);

        // A run may start others of the same commit; whatever is there when the last one has ended counts too.
        while (await NextAsync(client, options.Repository, commit, watched, cancel) is { } next)
        {
            watched.Add(next.Id);
            good &= await WatchAsync(client, options, context, next.Id, cancel);
        }

        return good ? ExitCodes.Good : ExitCodes.Bad;
    }

    private static async Task<bool> WatchAsync(ApiClient client, Options options, CommandContext context, long run, CancellationToken cancel)
    {
        var ended = await new RunFollower(client, options.Repository, context, options.Times).FollowAsync(run, cancel);
        context.Terminal.Line("");
        RunReport.Write(await RunQueries.FindAsync(client, options.Repository, ended.Id, cancel), ViewCommand.RunUrl(client, options.Repository, run), context.Terminal);
        return ended.Conclusion is Conclusion.Success or Conclusion.Skipped;
    }

    private static async Task WaitForRunAsync(ApiClient client, Options options, string commit, TimeProvider clock, CancellationToken cancel)
    {
        var begun = clock.GetTimestamp();
        while ((await RunQueries.ListAsync(client, options.Repository, new RunFilter(Commit: commit), 1, cancel)).Count == 0)
        {
            if (clock.GetElapsedTime(begun) > options.Wait)
            {
                throw new CommandException(
                    ExitCodes.Bad, $"Commit {commit} has become no run within {options.Wait.TotalSeconds:0} s: no workflow fires for it, or it was not pushed to this server.");
            }

            await Task.Delay(LookAgainAfter, clock, cancel);
        }
    }

    private static async Task<RunResponse?> NextAsync(ApiClient client, string repository, string commit, HashSet<long> watched, CancellationToken cancel) =>
        (await RunQueries.ListAsync(client, repository, new RunFilter(Commit: commit), int.MaxValue, cancel)).Where(run => !watched.Contains(run.Id)).MinBy(run => run.Id);
}
