using Capstan.Cli.LocalRuns.Git;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.LocalRuns;

/// <summary><c>--watch</c>: a run, and another one after each change of the working tree, until Ctrl-C. A change cancels the run that goes on.</summary>
internal sealed class WatchedRuns(Terminal terminal, TimeProvider clock)
{
    private const int MostNamed = 3;

    /// <param name="run">Runs once; its token is cancelled when something has changed.</param>
    /// <returns>Always that it was interrupted: nothing else ends it.</returns>
    public async Task<int> RunAsync(GitFolder git, Func<CancellationToken, int> run)
    {
        using var changes = new TreeChanges(git, clock);
        while (true)
        {
            using var stop = new CancellationTokenSource();
            var running = Task.Factory.StartNew(() => Once(run, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            using var end = new CancellationTokenSource();
            var change = changes.NextAsync(end.Token);
            if (await Task.WhenAny(running, change) == change)
            {
                await stop.CancelAsync();
                await running;
            }
            else if (await running == ExitCodes.Interrupted || !await ComesAsync(change, end))
            {
                return ExitCodes.Interrupted;
            }

            Tell(await change);
        }
    }

    /// <summary>A call that is refused now may be right after the next change.</summary>
    private int Once(Func<CancellationToken, int> run, CancellationToken stop)
    {
        try
        {
            return run(stop);
        }
        catch (CommandException error)
        {
            terminal.Error(error.Message);
            return error.ExitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    /// <returns>False: the person has ended the waiting.</returns>
    private async Task<bool> ComesAsync(Task change, CancellationTokenSource end)
    {
        using var interruption = Interruption.Watch();
        using var ending = interruption.First.Register(end.Cancel);
        terminal.Error(terminal.Paint(Tone.Quiet, "Waiting for changes; Ctrl-C ends."));
        try
        {
            await change;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Tell(IReadOnlyList<string> files)
    {
        var more = files.Count > MostNamed ? $" and {files.Count - MostNamed} more" : "";
        terminal.Error($"\n{terminal.Paint(Tone.Active, "↻")} changed: {string.Join(", ", files.Take(MostNamed).Select(Printable.Of))}{more}");
    }
}
