using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Capstan.Server.Data;

namespace Capstan.Server.Identity;

/// <summary>
/// Checks a user's password against the stored one, slowly on purpose the first time. A right answer is remembered for a few minutes, because git sends the
/// password with each of a push's requests. Thread-safe.
/// </summary>
public sealed class PasswordCheck(TimeProvider clock) : IDisposable
{
    /// <summary>How many passwords are worked on at once: guesses of strangers must not take every core from everybody else for long.</summary>
    public static readonly int MaxAtOnce = Environment.ProcessorCount;

    private const int MaxRemembered = 10_000;

    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(5);

    // What is kept is keyed by a random key of this process: a memory dump shows no hash that could be attacked elsewhere with less work.
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<UserId, Remembered> remembered = new();

    private readonly SemaphoreSlim room = new(MaxAtOnce);

    /// <summary>Whether this very password was right a moment ago; costs next to nothing.</summary>
    public bool Remembers(UserId? user, string password, string? encoded) => password.Length <= Passwords.MaxLength && IsRemembered(user, ProofOf(password, encoded));

    /// <summary>Waits for room for one more slow check; it is given back with the result's end.</summary>
    public async Task<IDisposable> TurnAsync(CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken);
        return new Turn(room);
    }

    /// <summary>What to store of a new password; as slow as a check, and in turn with them.</summary>
    public async Task<string> EncodeAsync(string password, CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(cancellationToken);
        return await Task.Run(() => Passwords.Encode(password), cancellationToken);
    }

    public void Dispose() => room.Dispose();

    /// <param name="user">Null: no such user; takes as long as any other.</param>
    public async Task<bool> VerifyAsync(UserId? user, string password, string? encoded)
    {
        if (password.Length > Passwords.MaxLength)
            return false;
        var proof = ProofOf(password, encoded);
        if (IsRemembered(user, proof))
            return true;

        // Off the request's thread: a burst of sign-ins must not starve everything else.
        var right = await Task.Run(() => Passwords.Verify(password, encoded));
        if (right && user is { } id)
        {
            if (remembered.Count >= MaxRemembered)
                remembered.Clear();
            remembered[id] = new Remembered(proof, clock.GetUtcNow() + RememberFor);
        }

        return right;
    }

    private byte[] ProofOf(string password, string? encoded) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{encoded}\n{password}"));

    private bool IsRemembered(UserId? user, byte[] proof) =>
        user is { } known && remembered.TryGetValue(known, out var last) && last.Until > clock.GetUtcNow() && CryptographicOperations.FixedTimeEquals(last.Proof, proof);

    private sealed class Turn(SemaphoreSlim room) : IDisposable
    {
        public void Dispose() => room.Release();
    }

    private sealed record Remembered(byte[] Proof, DateTimeOffset Until);
}
