using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Capstan.Server.Data;

namespace Capstan.Server.Identity;

/// <summary>
/// Checks a user's password against the stored one, slowly on purpose the first time. A right answer is remembered for a few minutes, because git sends the
/// password with each of a push's requests. Thread-safe.
/// </summary>
public sealed class PasswordCheck(TimeProvider clock)
{
    private const int MaxRemembered = 10_000;

    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(5);

    // What is kept is keyed by a random key of this process: a memory dump shows no hash that could be attacked elsewhere with less work.
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<UserId, Remembered> remembered = new();

    /// <param name="user">Null: no such user; takes as long as any other.</param>
    public async Task<bool> VerifyAsync(UserId? user, string password, string? encoded)
    {
        if (password.Length > Passwords.MaxLength)
            return false;
        var proof = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{encoded}\n{password}"));
        var now = clock.GetUtcNow();
        if (user is { } known && remembered.TryGetValue(known, out var last) && last.Until > now && CryptographicOperations.FixedTimeEquals(last.Proof, proof))
            return true;

        // Off the request's thread: a burst of sign-ins must not starve everything else.
        var right = await Task.Run(() => Passwords.Verify(password, encoded));
        if (right && user is { } id)
        {
            if (remembered.Count >= MaxRemembered)
                remembered.Clear();
            remembered[id] = new Remembered(proof, now + RememberFor);
        }

        return right;
    }

    private sealed record Remembered(byte[] Proof, DateTimeOffset Until);
}
