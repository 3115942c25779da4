using System.Security.Cryptography;
using System.Text;
using Capstan.Server.Identity;

namespace Capstan.Server.Secrets;

/// <summary>A value as the database keeps it.</summary>
/// <param name="SealedValue">By a key of its own.</param>
/// <param name="WrappedKey">That key, by the master key with the id <paramref name="MasterKeyId"/>.</param>
internal sealed record SealedSecret(byte[] SealedValue, byte[] WrappedKey, string MasterKeyId);

/// <summary>
/// Seals values: AES-256-GCM with a data key per secret, which the master key wraps. Both are bound to owner and name, so that a row's bytes are worth nothing in
/// another row. Thread-safe.
/// </summary>
internal sealed class SecretBox(MasterKey master)
{
    public SealedSecret Seal(string value, string context)
    {
        var key = RandomNumberGenerator.GetBytes(Sealing.KeyBytes);
        try
        {
            return new SealedSecret(Sealing.Seal(key, Encoding.UTF8.GetBytes(value), context), master.Wrap(key, context), master.Id);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <exception cref="CryptographicException">It was sealed for something else, or changed.</exception>
    /// <exception cref="InvalidOperationException">Another master key wrapped it.</exception>
    public string Open(SealedSecret secret, string context)
    {
        if (secret.MasterKeyId != master.Id)
            throw new InvalidOperationException($"The secret {context} is wrapped by the master key {secret.MasterKeyId}, and this server has {master.Id}.");
        var key = master.Unwrap(secret.WrappedKey, context);
        try
        {
            return Encoding.UTF8.GetString(Sealing.Open(key, secret.SealedValue, context));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The same secret under another master key: only its data key is wrapped anew.</summary>
    public static SealedSecret Rewrap(SealedSecret secret, MasterKey from, MasterKey to, string context)
    {
        var key = from.Unwrap(secret.WrappedKey, context);
        try
        {
            return secret with { WrappedKey = to.Wrap(key, context), MasterKeyId = to.Id };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>What a secret's bytes are bound to.</summary>
    /// <param name="column">organization_id, repository_id or environment_id.</param>
    public static string Context(string column, long owner, string name) => $"actions_secrets/{column}/{owner}/{name}";
}
