using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Schema;

/// <summary>
/// Which contexts and functions expressions may use, by the part of the file. What GitHub's page lists by key comes from <see cref="ExpressionRules.At"/>; the rest (what the
/// page leaves out, and action manifests) is here.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
/// </summary>
internal static class Availability
{
    private const string JobStatus = "always(0,0) cancelled(0,0) failure(0,0) success(0,0)";
    private const string HashFiles = "hashFiles(1,255)";
    private const string Composite = "github inputs strategy matrix steps job runner env";

    public static ExpressionRules Nothing => ExpressionRules.None;
    public static ExpressionRules RunName { get; } = At("run-name");
    public static ExpressionRules WorkflowConcurrency { get; } = At("concurrency");
    public static ExpressionRules WorkflowEnv { get; } = At("env");
    public static ExpressionRules CallInputDefault { get; } = At("on.workflow_call.inputs.<inputs_id>.default");
    public static ExpressionRules CallOutput { get; } = At("on.workflow_call.outputs.<output_id>.value");

    /// <summary>Most keys of a job.</summary>
    public static ExpressionRules Job { get; } = At("jobs.<job_id>.name");
    public static ExpressionRules JobIf => ExpressionRules.JobIf;
    public static ExpressionRules JobEnv { get; } = At("jobs.<job_id>.env");
    public static ExpressionRules JobDefaults { get; } = At("jobs.<job_id>.defaults.run");
    public static ExpressionRules JobOutputs { get; } = At("jobs.<job_id>.outputs.<output_id>");
    public static ExpressionRules JobSecrets { get; } = At("jobs.<job_id>.secrets.<secrets_id>");
    public static ExpressionRules Strategy { get; } = At("jobs.<job_id>.strategy");
    public static ExpressionRules EnvironmentUrl { get; } = At("jobs.<job_id>.environment.url");
    public static ExpressionRules Credentials { get; } = At("jobs.<job_id>.container.credentials");

    /// <summary>GitHub's schema has the steps here as well, which its page leaves out: nobody is refused for it.</summary>
    public static ExpressionRules ContainerEnv { get; } = Words("github inputs vars needs strategy matrix env job runner secrets steps");
    public static ExpressionRules SnapshotIf { get; } = At("jobs.<job_id>.snapshot.if");

    /// <summary>All of a step but its condition.</summary>
    public static ExpressionRules Step => ExpressionRules.StepRun;
    public static ExpressionRules StepIf => ExpressionRules.StepIf;

    public static ExpressionRules ActionInputDefault { get; } = Words("github strategy matrix job runner", HashFiles);
    public static ExpressionRules ActionOutput { get; } = Words(Composite);
    public static ExpressionRules ActionIf { get; } = Words("github inputs strategy matrix job runner env", JobStatus, HashFiles);

    /// <summary>Arguments and environment of a docker action.</summary>
    public static ExpressionRules ContainerAction { get; } = Words("inputs");
    public static ExpressionRules CompositeStep { get; } = Words(Composite, HashFiles);
    public static ExpressionRules CompositeStepIf { get; } = Words(Composite, JobStatus, HashFiles);

    private static ExpressionRules At(string place) =>
        ExpressionRules.At(place) ?? throw new InvalidOperationException($"No expressions are known for '{place}'.");

    private static ExpressionRules Words(params string[] lists) => ExpressionRules.Allow(lists.SelectMany(list => list.Split(' ')));
}
