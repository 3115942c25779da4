using Capstan.Orchestration;
using Capstan.Workflows.Definitions;

namespace Capstan.Cli.LocalRuns;

/// <summary>What a local run of a workflow knows from its beginning: the pretended event, and what the command line gave.</summary>
internal static class LocalFacts
{
    /// <summary>Of a workflow whose inputs have no <see cref="LocalInputs.Problems"/>.</summary>
    public static RunFacts Of(WorkflowDefinition workflow, LocalEvent happened, RunOptions options, long runId)
    {
        var (inputs, completed) = LocalInputs.Resolve(workflow, happened, options);
        return new RunFacts
        {
            RunId = runId,
            RunNumber = 1,
            WorkflowName = workflow.Name,
            WorkflowPath = workflow.File,
            WorkflowSha = completed.Sha,
            EventName = completed.Name,
            ReadEvent = () => completed.Payload,
            Ref = completed.Ref,
            Sha = completed.Sha,
            HeadRef = completed.HeadRef,
            BaseRef = completed.BaseRef,
            Repository = completed.Repository,
            Actor = completed.Actor,
            ServerUrl = completed.ServerUrl,
            Vars = options.Vars,
            Inputs = inputs,
            GithubOverrides = options.Github,
        };
    }
}
