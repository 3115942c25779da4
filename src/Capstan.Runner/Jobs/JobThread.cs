namespace Capstan.Runner.Jobs;

/// <summary>Threads of jobs: a job waits in system calls, which a thread of the pool must not.</summary>
internal static class JobThread
{
    /// <summary>Runs the work on a thread of its own; what it throws is the task's, as is that there is no thread for it.</summary>
    /// <param name="name">Of the job.</param>
    public static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            new Thread(() => Run(work, done)) { IsBackground = true, Name = "job " + name }.Start();
        }
        catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
        {
            // The system gives no further thread.
            done.SetException(error);
        }

        return done.Task;
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> done)
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
    }
}
