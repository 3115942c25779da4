using Capstan.Contracts;
using Capstan.Orchestration.Calls;
using Capstan.Workflows.Jobs;

namespace Capstan.Orchestration.Local;

/// <summary>
/// Drives one run without a server: state in memory, jobs executed by the caller. The decisions are the server's, made by the same machine.
/// </summary>
/// <remarks>
/// One instance runs once. Callbacks other than <see cref="LocalRunSettings.Execute"/> come on the thread that called <see cref="Run"/>; what one throws comes out of
/// it, after the jobs were cancelled and have ended.
/// </remarks>
public sealed class LocalRun : IDisposable
{
    private readonly RunPlan plan;
    private readonly RunFacts facts;
    private readonly LocalRunSettings settings;
    private readonly RunContexts contexts;
    private readonly Dictionary<string, NodeState> nodes;
    private readonly Dictionary<string, LegInHand[]> legs = [];
    private readonly RunEvents happened = new();
    private readonly Queue<LegInHand> waiting = [];
    private readonly List<Thread> threads = [];
    private int running;
    private RunState run;

    public LocalRun(RunPlan plan, RunFacts facts, LocalRunSettings settings)
    {
        this.plan = plan;
        this.facts = facts;
        this.settings = settings;
        contexts = new RunContexts(facts);
        (run, var begun) = plan.Begin();
        nodes = new Dictionary<string, NodeState>(begun.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var node in begun)
        {
            nodes.Add(node.Key, node);
        }
    }

    /// <summary>
    /// Runs all jobs to their end, each on a thread of its own. Never throws for a job's failure. What <see cref="LocalRunSettings.Execute"/> throws comes out as
    /// it is, after the other jobs were cancelled and have ended.
    /// </summary>
    /// <param name="cancel">Cancels the run: jobs that are to run after a cancellation still do, and the conclusion is returned when all have ended.</param>
    public Conclusion Run(CancellationToken cancel)
    {
        happened.Tell(new RunEvent.Started());
        using var registration = cancel.Register(() => happened.Tell(new RunEvent.CancelRequested("The run was cancelled.")));
        try
        {
            while (run.Conclusion is null)
            {
                var next = happened.Take();
                if (next is RunEvent.LegEnded)
                {
                    running--;
                }

                Turn(next);
                StartWaiting();
            }
        }
        finally
        {
            if (run.Conclusion is null)
            {
                GiveUp();
            }

            threads.ForEach(thread => thread.Join());
        }

        return run.Conclusion.Value;
    }

    private IEnumerable<LegInHand> AllLegs
    {
        get
        {
            foreach (var ofJob in legs.Values)
            {
                foreach (var leg in ofJob)
                {
                    yield return leg;
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (var leg in AllLegs)
        {
            leg.Cancel.Dispose();
        }
    }

    /// <summary>No leg starts any more, and those that run are cancelled: their processes must not outlive the run.</summary>
    private void GiveUp()
    {
        foreach (var leg in AllLegs)
        {
            _ = leg.TryTake();
            leg.Cancel.Cancel();
        }
    }

    private void Turn(RunEvent first)
    {
        var turn = new RunTurn(plan, run);
        turn.Add(first);
        while (!turn.IsDone)
        {
            if (turn.WantsRunning)
            {
                turn.SupplyRunning(nodes.Values.Where(n => n.Phase == NodePhase.Running));
            }

            foreach (var key in turn.Missing)
            {
                turn.Supply(nodes[key]);
            }

            foreach (var call in turn.MissingCalls)
            {
                turn.Supply(call, FactsOf(call));
            }

            foreach (var effect in turn.Step(contexts))
            {
                Apply(effect, turn);
            }

            Store(turn);
        }
    }

    private void Store(RunTurn turn)
    {
        run = turn.Run;
        foreach (var node in turn.Changed)
        {
            nodes[node.Key] = node;
        }
    }

    private void Apply(RunEffect effect, RunTurn turn)
    {
        switch (effect)
        {
            case RunEffect.CreateLegs create:
                Create(create);
                break;
            case RunEffect.BeginCall begin:
                settings.CallBegun(LegOf(begin.Call).Job);
                break;
            case RunEffect.EndCall end:
                settings.Ended(LegOf(end.Call).Job, new JobOutcome(end.Conclusion, end.Reason) { Outputs = end.Outputs });
                break;
            case RunEffect.QueueLegs queue:
                foreach (var index in queue.Legs)
                {
                    Queue(legs[queue.Key][index]);
                }

                break;
            case RunEffect.EndLegs end:
                foreach (var index in end.Legs)
                {
                    settings.Ended(legs.GetValueOrDefault(end.Key)?[index].Job ?? NeverExpanded(end.Key), new JobOutcome(end.Conclusion, end.Reason));
                }

                break;
            case RunEffect.CancelLegs cancel:
                foreach (var index in cancel.Legs)
                {
                    CancelLeg(cancel, legs[cancel.Key][index], turn);
                }

                break;
            case RunEffect.EndRun:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, message: null);
        }
    }

    private void Create(RunEffect.CreateLegs create)
    {
        var made = new LegInHand[create.Legs.Count];
        for (var index = 0; index < made.Length; index++)
        {
            var spec = create.Legs[index];
            made[index] = new LegInHand(Describe(create.Key, spec), spec);
        }

        legs[create.Key] = made;
        foreach (var leg in made)
        {
            // One with inputs calls a workflow instead.
            if (leg.Spec is { Queued: true, Inputs: null })
            {
                Queue(leg);
            }
        }
    }

    private void Queue(LegInHand leg)
    {
        settings.Queued(leg.Job);
        waiting.Enqueue(leg);
    }

    /// <summary>Gives the places that are free to those that wait. One that was cancelled meanwhile has ended.</summary>
    private void StartWaiting()
    {
        while (running < settings.JobsAtOnce && waiting.TryDequeue(out var leg))
        {
            if (leg.TryTake())
            {
                running++;
                Start(leg);
            }
        }
    }

    private void Start(LegInHand leg)
    {
        // The contexts are those of now; nothing a leg may read changes after its node was ready.
        var order = Order(leg.Job);
        var cancel = leg.Cancel.Token;
        var thread = new Thread(() => Execute(leg.Job, order, cancel)) { IsBackground = true, Name = "job " + leg.Job.Name };
        thread.Start();
        threads.Add(thread);
    }

    private void Execute(LocalJob job, JobOrder order, CancellationToken cancel)
    {
        try
        {
            var outcome = settings.Execute(job, order, cancel);
            happened.Tell(new RunEvent.LegEnded(job.Key, job.Index, outcome.Conclusion, outcome.Outputs));
        }
#pragma warning disable CA1031 // Whatever the caller's code threw ends the run with that exception, instead of leaving it waiting for ever.
        catch (Exception error)
#pragma warning restore CA1031
        {
            happened.Fail(error);
        }
    }

    private LegInHand LegOf(CallLeg call) => legs[call.Key][call.Index];

    private CallFacts FactsOf(CallLeg call) => CallFacts.Of(LegOf(call).Spec);

    private CallFacts? Within(NodePlan node) => node.Caller is { } call ? FactsOf(call) : null;

    private void CancelLeg(RunEffect.CancelLegs cancel, LegInHand leg, RunTurn turn)
    {
        if (leg.TryTake())
        {
            settings.Ended(leg.Job, new JobOutcome(Conclusion.Cancelled, cancel.Reason));
            turn.Add(new RunEvent.LegEnded(leg.Job.Key, leg.Job.Index, Conclusion.Cancelled));
        }

        leg.Cancel.Cancel();
    }

    private JobOrder Order(LocalJob job)
    {
        var node = plan[job.Key];
        var environment = job.Environment is { } name ? settings.EnvironmentOf(name) : EnvironmentValues.None;
        return new JobOrder
        {
            Content = JobContent.Of(node.Workflow, node.Job),
            Key = node.Job.Id,
            Name = job.Name,
            Contexts = contexts.ForOrder(node, NeedsOf(node), job.Matrix, job.Strategy, Within(node), environment),
            Secrets = CallSecrets.Of(settings.Secrets, contexts, CallersOf(node), environment),
            ServerUrl = facts.ServerUrl,
            Token = "",
        };
    }

    private List<NodeState> NeedsOf(NodePlan node)
    {
        var needs = new List<NodeState>(node.Needs.Count);
        foreach (var key in node.Needs)
        {
            needs.Add(nodes[key]);
        }

        return needs;
    }

    /// <summary>The calls that a job stands under, from the run's own workflow inwards.</summary>
    private IEnumerable<CallerOfJob> CallersOf(NodePlan node)
    {
        if (node.Caller is not { } call)
        {
            return [];
        }

        var caller = plan[call.Key];
        return CallersOf(caller).Append(new CallerOfJob(caller, NeedsOf(caller), FactsOf(call), Within(caller)));
    }

    private LocalJob Describe(string key, LegSpec spec) =>
        new(key, spec.Index, spec.Name, spec.Matrix, spec.Strategy, spec.Labels, spec.MayFail)
        {
            Environment = spec.Environment,
            Uses = plan[key].Job.Uses,
            Caller = CallerOf(key),
        };

    private LocalJob NeverExpanded(string key)
    {
        var node = plan[key];
        var name = JobPlanner.PlainName(node.Job);
        return new LocalJob(key, 0, Within(node)?.NameOf(name) ?? name, Matrix: null, JobPlanner.DefaultStrategy, [])
        {
            Uses = node.Job.Uses,
            Caller = CallerOf(key),
        };
    }

    private LocalJob? CallerOf(string key) => plan[key].Caller is { } call ? LegOf(call).Job : null;

    /// <summary>A leg is started or ended in the queue, whichever comes first, and never both. Used from the run's own thread.</summary>
    private sealed class LegInHand(LocalJob job, LegSpec spec)
    {
        private bool taken;

        public LocalJob Job { get; } = job;

        public LegSpec Spec { get; } = spec;

        public CancellationTokenSource Cancel { get; } = new();

        public bool TryTake()
        {
            var isFree = !taken;
            taken = true;
            return isFree;
        }
    }
}
