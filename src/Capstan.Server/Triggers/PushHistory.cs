using System.Globalization;
using Capstan.Server.Data;
using Capstan.Server.Git;

namespace Capstan.Server.Triggers;

/// <summary>What a push added to the history of its branch.</summary>
internal sealed record PushHistory
{
    /// <summary>The newest ones in the payload's list. It goes into every job of the run; GitHub stops at 2,048, which no job needs.</summary>
    public const int MaxCommits = 100;

    /// <summary>
    /// With more commits path filters let everything pass.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#git-diff-comparisons
    /// </summary>
    public const int MaxCommitsForPaths = 1000;

    /// <summary>Oldest first, at most <see cref="MaxCommits"/>.</summary>
    public required IReadOnlyList<Commit> Commits { get; init; }

    /// <summary>The branch was moved to a commit that does not descend from where it was.</summary>
    public required bool Forced { get; init; }

    /// <summary>The commit whose files the new ones are compared with; zeros: with nothing. Null: too much was pushed to compare.</summary>
    public required string? ComparedWith { get; init; }

    /// <summary>Reads it with the reader alone when commits were simply added, which is nearly always; other pushes cost a process or two.</summary>
    /// <param name="before">Zeros when the branch is new.</param>
    /// <param name="pushedWith">All refs that came with the same push: their commits count as new, too.</param>
    public static async Task<PushHistory> ReadAsync(
        GitFolder folder, RepositoryId repository, ObjectReader reader, Commit head, string before, IReadOnlyList<string> pushedWith, CancellationToken cancellationToken)
    {
        if (ObjectName.IsZero(before))
            return await OfNewBranchAsync(folder, repository, reader, head, pushedWith, cancellationToken);
        if (await AddedInLineAsync(reader, head, before, cancellationToken) is { } added)
            return new PushHistory { Commits = added, Forced = false, ComparedWith = before };

        var shas = await ListAsync(folder, repository, [head.Sha, $"^{before}"], cancellationToken);
        var descends = await folder.Command(repository, "merge-base", "--is-ancestor", before, head.Sha).RunAsync(cancellationToken);
        return new PushHistory
        {
            Commits = await NewestAsync(reader, shas, cancellationToken),
            Forced = descends.ExitCode != 0,
            ComparedWith = shas.Count > MaxCommitsForPaths ? null : before,
        };
    }

    private static async Task<PushHistory> OfNewBranchAsync(
        GitFolder folder, RepositoryId repository, ObjectReader reader, Commit head, IReadOnlyList<string> pushedWith, CancellationToken cancellationToken)
    {
        var shas = await ListAsync(folder, repository, [head.Sha, "--not", .. pushedWith.Select(reference => $"--exclude={reference}"), "--branches"], cancellationToken);

        // A new name for what was there already is compared with its own parent, and so are the commits that are new with the oldest one's.
        var oldest = shas.Count == 0 ? head : await Commit.ReadAsync(reader, shas[^1], cancellationToken) ?? head;
        return new PushHistory
        {
            Commits = await NewestAsync(reader, shas, cancellationToken),
            Forced = false,
            ComparedWith = shas.Count > MaxCommitsForPaths ? null : oldest.Parents.FirstOrDefault(ObjectName.Zero),
        };
    }

    private static async Task<IReadOnlyList<Commit>?> AddedInLineAsync(ObjectReader reader, Commit head, string before, CancellationToken cancellationToken)
    {
        var added = new List<Commit>();
        var commit = head;
        while (commit.Sha != before)
        {
            if (commit.Parents.Count != 1 || added.Count == MaxCommits)
                return null;
            added.Add(commit);
            if (commit.Parents[0] == before)
                break;
            if (await Commit.ReadAsync(reader, commit.Parents[0], cancellationToken) is not { } parent)
                return null;
            commit = parent;
        }

        added.Reverse();
        return added;
    }

    /// <summary>Newest first; one more than counts when there are more.</summary>
    private static async Task<IReadOnlyList<string>> ListAsync(GitFolder folder, RepositoryId repository, IEnumerable<string> range, CancellationToken cancellationToken)
    {
        var limit = string.Create(CultureInfo.InvariantCulture, $"--max-count={MaxCommitsForPaths + 1}");
        var answer = await folder.Command(repository, ["rev-list", "--topo-order", limit, .. range]).RunAsync(cancellationToken);
        return answer.OutputOfSuccess().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<IReadOnlyList<Commit>> NewestAsync(ObjectReader reader, IReadOnlyList<string> shas, CancellationToken cancellationToken)
    {
        var commits = new List<Commit>();
        foreach (var sha in shas.Take(MaxCommits).Reverse())
        {
            if (await Commit.ReadAsync(reader, sha, cancellationToken) is { } commit)
                commits.Add(commit);
        }

        return commits;
    }
}
