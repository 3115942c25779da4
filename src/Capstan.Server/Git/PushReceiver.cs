using Capstan.Server.Data;
using Capstan.Server.Identity;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Git;

/// <summary>Takes a push: decides, writes down the intent, lets git move the refs, records the outcome, and only then tells the client.</summary>
/// <remarks>Thread-safe. Pushes to one repository are taken one after the other; their bodies arrive at the same time.</remarks>
internal sealed class PushReceiver(
    GitFolder folder,
    Database database,
    RepositoryLock repositoryLock,
    PushRules rules,
    PushQueries pushes,
    PushSettlement settlement,
    TimeProvider clock,
    ILogger<PushReceiver> logger)
{
    /// <summary>How long a push waits for others to the same repository before it is refused.</summary>
    private static readonly TimeSpan LockWait = TimeSpan.FromMinutes(2);

    /// <summary>The longest that git may work on one push whose body is complete.</summary>
    private static readonly TimeSpan GitLimit = TimeSpan.FromHours(1);

    /// <summary>How long the recording is tried again while the database is away. Then the reconciler does it.</summary>
    private static readonly TimeSpan RecordLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RecordAgain = TimeSpan.FromMilliseconds(250);

    /// <param name="body">Decompressed.</param>
    /// <param name="answer">Where the client reads; written to as git's protocol wants it.</param>
    /// <param name="cancellationToken">The client's going away. It counts until the refs begin to move.</param>
    public async Task ReceiveAsync(RepositoryId repository, Principal by, Stream body, Stream answer, CancellationToken cancellationToken)
    {
        PushHead head;
        switch (await PushHead.ReadAsync(body, cancellationToken))
        {
            case PushHeadResult.Read read:
                head = read.Head;
                break;
            case PushHeadResult.Malformed malformed:
                await DrainAsync(body, cancellationToken);
                await answer.WriteAsync(PushReport.Error(malformed.Why), cancellationToken);
                return;
            default:
                return;
        }

        // :: Step 1: what can be refused before the pack was sent is refused before git hears of it.
        if (await RefusalsAsync(repository, head, cancellationToken) is { Count: > 0 } refusals)
        {
            await DrainAsync(body, cancellationToken);
            await answer.WriteAsync(PushReport.Refuse(head, refusals, PushRules.ReasonOfTheOthers), cancellationToken);
            return;
        }

        await using var whole = await PushBody.ReadAsync(head.Bytes, body, folder.SpoolFolder(), PushBody.MaxBytes, cancellationToken);
        if (whole is null)
        {
            await RefuseAllAsync(head, answer, $"the push is larger than {PushBody.MaxBytes >> 30} GiB; push it in parts", cancellationToken);
            return;
        }

        await using var turn = await repositoryLock.TryTakeAsync(repository, LockWait, cancellationToken);
        if (turn is null || !await settlement.SettleLeftoversAsync(turn.Connection, repository, cancellationToken))
        {
            await RefuseAllAsync(head, answer, "other pushes to this repository take too long; try again", cancellationToken);
            return;
        }

        await MoveRefsAsync(repository, by, head, whole, turn, answer, cancellationToken);
    }

    private async Task MoveRefsAsync(
        RepositoryId repository, Principal by, PushHead head, PushBody body, RepositoryLock.Holder turn, Stream answer, CancellationToken cancellationToken)
    {
        // :: Step 2: under the lock, look again: a branch may have been locked while the pack was on its way.
        if (await rules.RefusalsAsync(turn.Connection, repository, head.Commands) is { Count: > 0 } refusals)
        {
            await answer.WriteAsync(PushReport.Refuse(head, refusals, PushRules.ReasonOfTheOthers), cancellationToken);
            return;
        }

        // :: Step 3: the intent, before any ref moves. From here on the client's going away changes nothing.
        using var moving = folder.HoldMoving(repository);
        var push = new ProposedPush(await pushes.ProposeAsync(turn.Connection, repository, by, head.Commands), head.Commands);

        // :: Step 4: git moves the refs. Its report is held back.
        var said = new ReceivePackAnswer(head.WantsSideBand, answer);
        var failure = await RunGitAsync(repository, body, said, cancellationToken);

        // :: Step 5: the outcome and its events, in one transaction. Git's word on its refs is good; where it gave none, the refs speak.
        var moved = head.WantsReport && PushReport.MovedRefs(said.Report) is { } reported
            ? reported
            : await settlement.LookAtRefsAsync(repository, push, CancellationToken.None);
        if (!await RecordAsync(turn, repository, push, moved))
            await said.TellAsync("The push was taken; its workflows start when the server's database is back.", cancellationToken);

        // :: Step 6: only now does the client hear of it.
        if (failure is null)
            await said.ReleaseAsync(cancellationToken);
        else
            await answer.WriteAsync(PushReport.Write(head, reference => moved.Contains(reference) ? null : failure), cancellationToken);
    }

    private async Task<IReadOnlyDictionary<string, string>> RefusalsAsync(RepositoryId repository, PushHead head, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await rules.RefusalsAsync(connection, repository, head.Commands);
    }

    /// <returns>What to tell the client when git gave no report itself; null when it did.</returns>
    private async Task<string?> RunGitAsync(RepositoryId repository, PushBody body, ReceivePackAnswer said, CancellationToken clientGone)
    {
        try
        {
            using var limit = new CancellationTokenSource(GitLimit, clock);
            var command = GitCommand.Create(folder.PathOf(repository), ["receive-pack", "--stateless-rpc", "."], holdLockFile: folder.MoveLockOf(repository));
            await using var git = command.Start();
            var sending = SendAsync(body, git, limit.Token);
            await said.ReadAsync(git.Output, clientGone, limit.Token);
            await sending;
            var exitCode = await git.WaitAsync(limit.Token);
            if (git.Error.Length > 0)
                logger.LogInformation("Push to repository {Repository}: git receive-pack ended with {ExitCode}: {Error}", repository.Value, exitCode, git.Error);
            return said.Report.IsEmpty && exitCode != 0 ? "git could not take the push; the server's log tells why" : null;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidDataException or GitUnavailableException)
        {
            logger.LogError(e, "Push to repository {Repository}: git receive-pack failed.", repository.Value);
            return "the server could not take the push; its log tells why";
        }
    }

    private static async Task SendAsync(PushBody body, GitProcess git, CancellationToken cancellationToken)
    {
        try
        {
            await body.CopyToAsync(git.Input, cancellationToken);
            git.Input.Close();
        }
        catch (IOException)
        {
            // Git wants no more: it has refused, and says so in its answer.
        }
    }

    // The intent is durable: when this does not succeed nothing is lost, the reconciler does it later.
    private async Task<bool> RecordAsync(RepositoryLock.Holder turn, RepositoryId repository, ProposedPush push, IReadOnlySet<string> moved)
    {
        var begun = clock.GetTimestamp();
        for (NpgsqlConnection? held = turn.Connection; ; held = null)
        {
            try
            {
                await using var fresh = held is null ? await database.OpenAsync() : null;
                await settlement.SettleAsync(held ?? fresh!, repository, push, moved);
                return true;
            }
            catch (Exception e) when (Database.IsOutage(e) || e is InvalidOperationException)
            {
                logger.LogWarning("Push {Push} cannot be recorded now ({Message}); it is tried again.", push.Id, e.Message);
                if (clock.GetElapsedTime(begun) > RecordLimit)
                    return false;
                await Task.Delay(RecordAgain, clock);
            }
        }
    }

    private static async Task RefuseAllAsync(PushHead head, Stream answer, string why, CancellationToken cancellationToken) =>
        await answer.WriteAsync(PushReport.Refuse(head, new Dictionary<string, string>(), why), cancellationToken);

    // A client that still sends does not listen yet: an answer before the end of its pack would show as a broken connection.
    private static async Task DrainAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        long total = 0;
        int count;
        while ((count = await body.ReadAsync(buffer, cancellationToken)) > 0 && total < PushBody.MaxBytes)
            total += count;
    }
}
