using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Capstan.Testing;

/// <summary>Waits for a fact, with a limit in real time: tests never sleep for luck.</summary>
public static class Eventually
{
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    /// <exception cref="TimeoutException">The fact did not come true in time.</exception>
    public static Task TrueAsync(Func<Task<bool>> fact, TimeSpan? limit = null, [CallerArgumentExpression(nameof(fact))] string what = "") =>
        NotNullAsync(async () => await fact() ? "true" : null, limit, what);

    /// <exception cref="TimeoutException">The fact did not come true in time.</exception>
    public static Task TrueAsync(Func<bool> fact, TimeSpan? limit = null, [CallerArgumentExpression(nameof(fact))] string what = "") =>
        NotNullAsync(() => Task.FromResult(fact() ? "true" : null), limit, what);

    /// <summary>The first value that is not null.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public static async Task<T> NotNullAsync<T>(Func<Task<T?>> look, TimeSpan? limit = null, [CallerArgumentExpression(nameof(look))] string what = "")
        where T : class
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await look() is { } value)
                return value;
            if (Stopwatch.GetElapsedTime(begun) > (limit ?? DefaultLimit))
                throw new TimeoutException($"Did not come true within {limit ?? DefaultLimit}: {what}");
            await Task.Delay(LookAgain, TimeProvider.System);
        }
    }
}
