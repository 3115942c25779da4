using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary><c>capstan run</c> and <c>capstan plan</c> inside the tests' process. Their thread waits for the jobs, so each has one of its own.</summary>
internal static class CapstanRun
{
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(RunOptions options, Terminal terminal, TimeProvider clock) =>
        Task.Factory.StartNew(() => RunCommand.Run(options, terminal, clock), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
