using System.Security.Cryptography;
using System.Text;

namespace Capstan.Server.Identity;

/// <summary>
/// A random credential of 256 bits: shown once, stored as SHA-256. No salt and no slow hash are needed, because nobody guesses 256 random bits; the prefix lets
/// people and secret scanners see what leaked.
/// </summary>
/// <param name="Text">The credential itself: goes to its owner and nowhere else.</param>
/// <param name="Hash">What is stored.</param>
public readonly record struct OpaqueToken(string Text, byte[] Hash)
{
    public const string UserPrefix = "cap_";
    public const string SessionPrefix = "caps_";
    public const string RunnerPrefix = "capr_";
    public const string RegistrationPrefix = "capg_";

    private const int RandomBytes = 32;

    public static OpaqueToken Create(string prefix)
    {
        var text = prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes));
        return new OpaqueToken(text, HashOf(text));
    }

    /// <summary>What a presented credential is looked up by.</summary>
    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>Never the credential: a token that is logged by accident says nothing.</summary>
    public override string ToString() => "(secret)";
}
