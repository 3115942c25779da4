using Capstan.Runner.Processes;

namespace Capstan.Runner.Commands;

/// <summary>
/// Makes the files of a job's programs, one after the other out of the same ones where that is safe. Files that are made and removed for each step cost more than all else
/// that a short step does: a file system looks long for room beside what was removed a moment ago. Thread-safe.
/// </summary>
/// <param name="temp">The job's temporary folder.</param>
/// <param name="folder">For the command files.</param>
/// <param name="writeEvent">Writes the file of the event, which lies in the temporary folder, too.</param>
internal sealed class StepFilePool(string temp, string folder, Action writeEvent)
{
    private readonly Lock gate = new();
    private StepFiles? free;
    private int count;

    /// <summary>Makes the folder of the command files and the file of the event.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(folder);
        writeEvent();
    }

    /// <summary>Files of names that no program of the job has had, in the folder that a step before may have removed: to empty <c>RUNNER_TEMP</c> is allowed.</summary>
    public StepFiles Take()
    {
        StepFiles taken;
        StepFiles? old;
        lock (gate)
        {
            // Under the lock, as steps in the background come here, too: the file of the event has one writer.
            if (!Directory.Exists(folder)) Prepare();
            taken = new StepFiles(temp, folder, ++count);
            old = free;
            free = null;
        }

        if (old?.TryRenameTo(taken) == false) old.Delete();
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
