namespace Capstan.Runner.Jobs;

/// <summary>Threads of jobs: a job waits in system calls, which a thread of the pool must not.</summary>
public static class JobThread
{
    /// <summary>Runs the work on a thread of its own; what it throws is the task's.</summary>
    /// <param name="name">Of the job.</param>
    public static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception error)
            {
                // A bug, or an outage of the observer: the caller's to report. Nothing may end the process from this thread.
                done.SetException(error);
            }
        })
        {
            IsBackground = true,
            Name = "job " + name,
        };
        thread.Start();
        return done.Task;
    }
}
