using Capstan.Runner.Processes;

namespace Capstan.Runner.Commands;

/// <summary>
/// Makes the files of a job's programs, one after the other out of the same ones where that is safe. Files that are made and removed for each step cost more than all else
/// that a short step does: a file system looks long for room beside what was removed a moment ago. Thread-safe.
/// </summary>
/// <param name="temp">The job's temporary folder.</param>
/// <param name="folder">For the command files.</param>
internal sealed class StepFilePool(string temp, string folder)
{
    private readonly Lock gate = new();
    private StepFiles? free;
    private int count;

    /// <summary>Files of names that no program of the job has had.</summary>
    public StepFiles Take()
    {
        StepFiles taken;
        StepFiles? old;
        lock (gate)
        {
            taken = new StepFiles(temp, folder, ++count);
            old = free;
            free = null;
        }

        old?.RenameTo(taken);
        return taken;
    }

    /// <summary>Takes back what a program has left of its files. As long as any process lives they go: it might hold one of them open.</summary>
    public void Return(StepFiles files)
    {
        if (JobProcesses.HaveAllGone() && files.TryEmpty())
        {
            StepFiles? second;
            lock (gate)
            {
                second = free;
                free = files;
            }

            second?.Delete();
        }
        else
        {
            files.Delete();
        }
    }
}
