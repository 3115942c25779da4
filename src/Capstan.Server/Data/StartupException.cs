namespace Capstan.Server.Data;

/// <summary>The server cannot start, and a person must do something: the message says what is wrong and what to do. Shown without a stack trace; exit code 3.</summary>
public sealed class StartupException : Exception
{
    public StartupException(string message)
        : base(message)
    {
    }

    public StartupException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
