namespace Capstan.Runner.Checkout;

/// <summary>What a checkout may do in its step: write to the log and run programs whose output goes there. Used on the step's thread only.</summary>
public sealed class CheckoutScope
{
    private readonly Action<string> write;
    private readonly Func<IReadOnlyList<string>, IReadOnlyDictionary<string, string>, string, int> run;
    private readonly Func<bool> stopped;

    internal CheckoutScope(
        Action<string> write, Func<IReadOnlyList<string>, IReadOnlyDictionary<string, string>, string, int> run, Func<bool> stopped, IReadOnlyDictionary<string, string> environment)
    {
        this.write = write;
        this.run = run;
        this.stopped = stopped;
        Environment = environment;
    }

    /// <summary>The step's own environment, to start from.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Whether the step was cancelled or its time is over: give up soon.</summary>
    public bool Stopped => stopped();

    public void Write(string line) => write(line);

    /// <returns>The exit code; 127 when the program does not exist (the log says so).</returns>
    public int Run(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder) => run(command, environment, folder);
}
