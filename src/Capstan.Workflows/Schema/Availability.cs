using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Schema;

/// <summary>
/// Which contexts and functions expressions may use, by the part of the file: names for the places of <see cref="ExpressionRules.At"/>,
/// as the tables of this folder use them.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
/// </summary>
internal static class Availability
{
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
    public static ExpressionRules ContainerEnv { get; } = At("jobs.<job_id>.container.env.<env_id>");
    public static ExpressionRules SnapshotIf { get; } = At("jobs.<job_id>.snapshot.if");

    /// <summary>All of a step but its condition.</summary>
    public static ExpressionRules Step => ExpressionRules.StepRun;
    public static ExpressionRules StepIf => ExpressionRules.StepIf;

    public static ExpressionRules ActionInputDefault { get; } = At("action.inputs.<input_id>.default");
    public static ExpressionRules ActionOutput { get; } = At("action.outputs.<output_id>.value");
    public static ExpressionRules ActionIf { get; } = At("action.runs.pre-if");

    /// <summary>Arguments and environment of a docker action.</summary>
    public static ExpressionRules ContainerAction { get; } = At("action.runs.args");
    public static ExpressionRules CompositeStep { get; } = At("action.runs.steps.run");
    public static ExpressionRules CompositeStepIf { get; } = At("action.runs.steps.if");

    private static ExpressionRules At(string place) =>
        ExpressionRules.At(place) ?? throw new InvalidOperationException($"No expressions are known for '{place}'.");
}
