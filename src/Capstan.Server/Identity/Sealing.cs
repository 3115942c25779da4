using System.Security.Cryptography;
using System.Text;

namespace Capstan.Server.Identity;

/// <summary>AES-256-GCM with a random nonce: nonce, tag and ciphertext in one.</summary>
internal static class Sealing
{
    public const int KeyBytes = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <param name="context">What the bytes are and whose; the same must be said to open them.</param>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, string context)
    {
        var sealedBytes = new byte[NonceBytes + TagBytes + bytes.Length];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, bytes, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(context));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">Another key sealed it, for another context, or it was changed.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedBytes, string context)
    {
        if (sealedBytes.Length < NonceBytes + TagBytes)
            throw new CryptographicException("The sealed bytes are too short.");
        var bytes = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(sealedBytes[..NonceBytes], sealedBytes[(NonceBytes + TagBytes)..], sealedBytes.Slice(NonceBytes, TagBytes), bytes, Encoding.UTF8.GetBytes(context));
        return bytes;
    }
}
