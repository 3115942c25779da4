using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Capstan.Testing;

/// <summary>Keeps everything that is logged, at every level, so that a test can ask what was said and what was not. Thread-safe.</summary>
public sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = new();

    public IReadOnlyCollection<string> Lines => lines;

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Recorder(RecordedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{logLevel} {category}: {formatter(state, exception)} {exception}";
            log.lines.Enqueue(line);

            // An error that a test did not expect is what its reader needs first.
            if (logLevel >= LogLevel.Error)
                Console.Error.WriteLine(line);
        }
    }
}
