using System.Collections.Frozen;
using Capstan.Contracts;

namespace Capstan.Orchestration;

/// <summary>One way from a status to another. <paramref name="From"/> null: the row is created so.</summary>
/// <param name="When">What brings it about, in the words of docs/states.</param>
public sealed record Transition(Status? From, Status To, string When);

/// <summary>
/// The status changes that exist, all of them. The charts in docs/states show the same edges, and a test compares them. Guards in SQL name the status they
/// expect; the stores in memory ask here.
/// </summary>
public sealed class Transitions
{
    private readonly FrozenSet<(Status? From, Status To)> edges;

    private Transitions(params Transition[] all)
    {
        All = all;
        edges = all.Select(t => (t.From, t.To)).ToFrozenSet();
    }

    public static Transitions Run { get; } = new(
        new(null, Status.Queued, "created"),
        new(null, Status.Completed, "created from an invalid workflow"),
        new(Status.Queued, Status.InProgress, "a runner claims its first job"),
        new(Status.Queued, Status.Completed, "all jobs ended without a runner"),
        new(Status.InProgress, Status.Completed, "the last job ended"));

    public static Transitions Job { get; } = new(
        new(null, Status.Pending, "created with its run, or held back by max-parallel"),
        new(null, Status.Queued, "created with nothing to wait for"),
        new(Status.Pending, Status.Queued, "its needs are met, or a place below max-parallel is free"),
        new(Status.Pending, Status.InProgress, "it calls its workflow"),
        new(Status.Pending, Status.Completed, "skipped, cancelled, or failed before its first step"),
        new(Status.Queued, Status.InProgress, "a runner claims it"),
        new(Status.Queued, Status.Completed, "cancelled"),
        new(Status.InProgress, Status.Queued, "its runner was lost before the first step"),
        new(Status.InProgress, Status.Completed, "its execution ended, or all that it called"));

    public static Transitions Execution { get; } = new(
        new(null, Status.Queued, "its job is queued, or queued again"),
        new(Status.Queued, Status.InProgress, "claimed"),
        new(Status.Queued, Status.Completed, "cancelled"),
        new(Status.InProgress, Status.Completed, "the runner reported the end, or its lease ran out"));

    public static Transitions Step { get; } = new(
        new(null, Status.Pending, "reported before it runs"),
        new(null, Status.InProgress, "reported as it starts"),
        new(null, Status.Completed, "reported when it has ended"),
        new(Status.Pending, Status.InProgress, "starts"),
        new(Status.Pending, Status.Completed, "skipped, or its execution ended"),
        new(Status.InProgress, Status.Completed, "ends, or its execution ended"));

    public IReadOnlyList<Transition> All { get; }

    public bool Allows(Status? from, Status to) => edges.Contains((from, to));
}
