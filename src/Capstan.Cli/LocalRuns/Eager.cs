using System.Runtime.ExceptionServices;

namespace Capstan.Cli.LocalRuns;

/// <summary>A value that is made from now on, by a thread of its own, while its maker does something else.</summary>
/// <remarks>Safe for concurrent use. Not a task: the pool of threads, with all that belongs to it, costs a short run more than what it would do there.</remarks>
internal sealed class Eager<T>
    where T : class
{
    private readonly Thread thread;
    private T? value;
    private ExceptionDispatchInfo? failure;

    /// <param name="name">The thread's, for debuggers.</param>
    public Eager(string name, Func<T> make)
    {
        thread = new Thread(() => Run(make)) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <summary>Waits until it is made; what the making threw is thrown here, each time.</summary>
    public T Value
    {
        get
        {
            thread.Join();
            failure?.Throw();
            return value!;
        }
    }

    private void Run(Func<T> make)
    {
        try
        {
            value = make();
        }
#pragma warning disable CA1031 // It is thrown where the value is asked for.
        catch (Exception error)
#pragma warning restore CA1031
        {
            failure = ExceptionDispatchInfo.Capture(error);
        }
    }
}
