using Capstan.Runner.Processes;

namespace Capstan.Runner.Commands;

/// <summary>
/// Makes the files of a job's programs, one after the other out of the same ones where that is safe. Files that are made and removed for each step cost more than all else
/// that a short step does: a file system looks long for room beside what was removed a moment ago. Thread-safe.
/// </summary>
/// <param name="temp">The job's temporary folder.</param>
/// <param name="folder">For the command files.</param>
/// <param name="eventFile">It lies in the temporary folder, too.</param>
/// <param name="writeEvent">Writes it.</param>
internal sealed class StepFilePool(string temp, string folder, string eventFile, Action writeEvent)
{
    private readonly Lock gate = new();
    private StepFiles? inherited;
    private StepFiles? free;
    private StepFiles? doubtful;
    private int count;

    /// <summary>Makes the folder of the command files and the file of the event, or takes over what an earlier job has left.</summary>
    public void Begin(SpareFolders? spares)
    {
        if (spares?.TryTake(temp, folder, eventFile) is { } left)
        {
            inherited = left;
            count = left.Number;
        }

        Prepare();
    }

    /// <summary>Files of names that no program of the job has had, in the folder that a step before may have removed: to empty <c>RUNNER_TEMP</c> is allowed.</summary>
    public StepFiles Take()
    {
        StepFiles taken;
        StepFiles? old;
        lock (gate)
        {
            if (inherited is { } left)
            {
                inherited = null;
                return left;
            }

            // Under the lock, as steps in the background come here, too: the file of the event has one writer.
            if (!Directory.Exists(folder)) Prepare();
            taken = new StepFiles(temp, folder, ++count);
            old = free;
            free = null;
        }

        if (old?.TryRenameTo(taken) == false) old.Delete();
        return taken;
    }

    /// <summary>Takes back what a program has left of its files. As long as any process lives no other program of the job gets them: it might hold one of them open.</summary>
    public void Return(StepFiles files)
    {
        var isFree = JobProcesses.HaveAllGone() && files.TryEmpty();
        StepFiles? second;
        lock (gate)
        {
            second = isFree ? free : doubtful;
            if (isFree) free = files;
            else doubtful = files;
        }

        second?.Delete();
    }

    /// <summary>Leaves the temporary folder to a later job, with nothing of this one in it. To be called when no process of the job is left.</summary>
    /// <returns>False when it is not fit for that; what is left of it is to be removed.</returns>
    public bool TryLeaveTo(SpareFolders spares)
    {
        StepFiles? left;
        lock (gate)
        {
            left = inherited ?? free ?? doubtful;
            inherited = free = doubtful = null;
        }

        return left is not null && spares.TryAdd(temp, left, eventFile);
    }

    private void Prepare()
    {
        Directory.CreateDirectory(folder);
        writeEvent();
    }
}
