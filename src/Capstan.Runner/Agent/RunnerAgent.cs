namespace Capstan.Runner.Agent;

/// <summary>Takes jobs from a server and executes them until it is asked to stop.</summary>
public static class RunnerAgent
{
    /// <param name="drain">Takes no new jobs from now on; the task ends when the running ones have.</param>
    public static Task<RunnerAgentEnd> RunAsync(RunnerAgentSettings settings, CancellationToken drain) => Task.FromResult(RunnerAgentEnd.NoRegistration);
}
