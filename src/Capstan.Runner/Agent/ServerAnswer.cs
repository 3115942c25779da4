namespace Capstan.Runner.Agent;

/// <summary>How a call to the server ended. Everything a running server or a broken line can do is a value here.</summary>
internal abstract record ServerAnswer<T>
{
    private ServerAnswer()
    {
    }

    public sealed record Done(T Value) : ServerAnswer<T>;

    /// <summary>The execution is no longer ours: kill the job and forget it.</summary>
    public sealed record Lost : ServerAnswer<T>;

    /// <summary>The server does not speak this version.</summary>
    public sealed record VersionUnsupported(string Message) : ServerAnswer<T>;

    /// <summary>The credential is not (or no longer) known.</summary>
    public sealed record NotRegistered : ServerAnswer<T>;

    /// <summary>The server understood and refused; trying the same again brings the same.</summary>
    public sealed record Refused(string Code, string Message) : ServerAnswer<T>;

    /// <summary>No answer, or one that says "later": worth trying again.</summary>
    public sealed record Unreachable(string Message) : ServerAnswer<T>;
}
