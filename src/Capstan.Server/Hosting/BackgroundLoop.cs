using Capstan.Server.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Hosting;

/// <summary>
/// A reconciler that runs at an interval, and sooner when its wake-up channel is signalled. <see cref="RunOnceAsync"/> takes no input: it looks at the state, makes
/// it right, and must be safe to run twice, after a crash, or on two servers at once. An exception is logged and the loop goes on.
/// </summary>
/// <remarks>Register with <see cref="BackgroundLoopRegistration.AddLoop{T}"/>. A test calls <see cref="RunOnceAsync"/> itself.</remarks>
public abstract class BackgroundLoop(TimeProvider clock, WakeUps wakeUps, ILogger logger)
{
    /// <summary>How long a loop rests after a failed round, at least: an outage must not become a busy loop.</summary>
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>How long it rests at most, however long its interval is: so that work goes on soon after an outage.</summary>
    private static readonly TimeSpan LongestRestAfterFailure = TimeSpan.FromSeconds(15);

    private bool outageIsKnown;

    /// <summary>From the end of one round to the start of the next.</summary>
    protected abstract TimeSpan Interval { get; }

    /// <summary>The channel whose signals start a round early; null: the interval only.</summary>
    protected virtual string? WakeUpChannel => null;

    protected TimeProvider Clock => clock;

    /// <summary>One round: all there is to do now, in bounded batches.</summary>
    public abstract Task RunOnceAsync(CancellationToken cancellationToken);

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var wakeUp = WakeUpChannel is { } channel ? wakeUps.Subscribe(channel) : null;
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = clock.GetTimestamp();
            var succeeded = await TryRunOnceAsync(cancellationToken);
            Telemetry.LoopRound(GetType().Name, clock.GetElapsedTime(began), succeeded);
            try
            {
                if (!succeeded)
                    await Task.Delay(Rest(), clock, cancellationToken);
                else if (wakeUp is null)
                    await Task.Delay(Interval, clock, cancellationToken);
                else
                    await WaitAsync(wakeUp, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WaitAsync(WakeUp wakeUp, CancellationToken cancellationToken)
    {
        var until = clock.GetUtcNow() + Interval;
        while (until - clock.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            if (await wakeUp.WaitAsync(left, cancellationToken))
                return;
        }
    }

    private async Task<bool> TryRunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunOnceAsync(cancellationToken);
            outageIsKnown = false;
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e) when (Database.IsOutage(e))
        {
            // Said once an outage and loop, without the trace that every round would repeat.
            if (!outageIsKnown)
                logger.LogWarning("{Loop}: the database is not available ({Message}); it is tried again.", GetType().Name, e.Message);
            outageIsKnown = true;
            return false;
        }
        catch (Exception e)
        {
            logger.LogError(e, "{Loop}: a round failed; the next one is tried in {Rest}.", GetType().Name, Rest());
            return false;
        }
    }

    private TimeSpan Rest() => Interval < RestAfterFailure ? RestAfterFailure : Interval > LongestRestAfterFailure ? LongestRestAfterFailure : Interval;
}

/// <summary>Runs the registered loops from the moment the server listens until it stops.</summary>
public sealed class BackgroundLoops(IEnumerable<BackgroundLoop> loops) : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public void Start() => running = Task.WhenAll(loops.Select(loop => Task.Run(() => loop.RunAsync(stopping.Token), CancellationToken.None)));

    /// <summary>Cancels the rounds that run and waits for their end.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stopping.Dispose();
    }
}

public static class BackgroundLoopRegistration
{
    /// <summary>A loop as a single instance that also other services may ask for by its own type.</summary>
    public static void AddLoop<T>(this IServiceCollection services)
        where T : BackgroundLoop
    {
        services.AddSingleton<T>();
        services.AddSingleton<BackgroundLoop>(provider => provider.GetRequiredService<T>());
    }
}
