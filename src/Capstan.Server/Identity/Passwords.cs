using System.Security.Cryptography;
using System.Text;

namespace Capstan.Server.Identity;

/// <summary>
/// How passwords are stored: PBKDF2 with HMAC-SHA-512 and a salt each, as <c>pbkdf2-sha512$iterations$salt$hash</c>, so that the cost can rise later without
/// locking anybody out.
/// </summary>
public static class Passwords
{
    /// <summary>NIST SP 800-63B asks for 8; 10 costs a person nothing.</summary>
    public const int MinLength = 10;

    /// <summary>Longer input only feeds the hash.</summary>
    public const int MaxLength = 256;

    /// <summary>Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2</summary>
    private const int Iterations = 210_000;

    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const string Scheme = "pbkdf2-sha512";

    // Looks like any other: somebody who names an unknown user waits as long as for a known one.
    private static readonly string OfNobody = Encode(RandomNumberGenerator.GetHexString(32));

    /// <summary>What to store.</summary>
    public static string Encode(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return $"{Scheme}${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Iterations))}";
    }

    /// <param name="encoded">What was stored; null (no such user, or no password): takes as long, and is false.</param>
    public static bool Verify(string password, string? encoded)
    {
        var parts = (encoded ?? OfNobody).Split('$');
        if (parts.Length != 4 || parts[0] != Scheme)
            return false;
        var expected = Convert.FromBase64String(parts[3]);
        var actual = Derive(password, Convert.FromBase64String(parts[2]), int.Parse(parts[1]));
        return CryptographicOperations.FixedTimeEquals(expected, actual) && encoded is not null;
    }

    /// <returns>What is wrong with a new password; null: nothing.</returns>
    public static string? Refuse(string password) => password.Length switch
    {
        < MinLength => $"The password is too short: use at least {MinLength} characters.",
        > MaxLength => $"The password is too long: use at most {MaxLength} characters.",
        _ => null,
    };

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA512, HashBytes);
}
