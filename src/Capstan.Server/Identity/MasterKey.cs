using System.Security.Cryptography;
using System.Text;
using Capstan.Server.Data;

namespace Capstan.Server.Identity;

/// <summary>
/// The one key that wraps all keys in the database (AES-256-GCM). It lies in a file of mode 0600 in the data folder, or comes from the environment; it is never in the
/// database, so that a copy of the database opens nothing. Thread-safe.
/// </summary>
public sealed class MasterKey
{
    private const int KeyBytes = Sealing.KeyBytes;
    private const int IdHexDigits = 16;

    private readonly byte[] key;

    private MasterKey(byte[] key)
    {
        this.key = key;
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(key, "capstan master key id"u8))[..IdHexDigits];
    }

    /// <summary>Tells keys apart and says nothing about them; stored beside everything that a key wraps.</summary>
    public string Id { get; }

    /// <param name="given">32 bytes as base64 or hexadecimal; null: the folder's file, made when there is none.</param>
    /// <exception cref="StartupException">The key is malformed, or its file can be read by others.</exception>
    public static MasterKey Load(DataFolder folder, string? given)
    {
        if (given is not null)
            return new MasterKey(Decode(given) ?? throw new StartupException("CAPSTAN_MASTER_KEY is not 32 bytes as base64 or hexadecimal (openssl rand -base64 32 makes one)."));
        var file = folder.MasterKeyFile;
        if (!File.Exists(file))
            Make(file);
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if ((File.GetUnixFileMode(file) & others) != UnixFileMode.None)
            throw new StartupException($"The master key {file} can be read by other users. Take that from them (chmod 600 {file}); if they may have read it, treat all secrets as known.");
        return new MasterKey(Decode(File.ReadAllText(file))
            ?? throw new StartupException($"The master key {file} is damaged. Put it back from a backup: without it secrets and signing keys cannot be read."));
    }

    /// <param name="context">What the bytes are and whose; the same must be said to unwrap them.</param>
    /// <returns>Nonce, tag and ciphertext in one.</returns>
    public byte[] Wrap(ReadOnlySpan<byte> bytes, string context) => Sealing.Seal(key, bytes, context);

    /// <exception cref="CryptographicException">Another key wrapped it, for another context, or it was changed.</exception>
    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, string context) => Sealing.Open(key, wrapped, context);

    private static byte[]? Decode(string text)
    {
        text = text.Trim();
        var bytes = new byte[text.Length];
        if (text.Length == KeyBytes * 2)
        {
            try
            {
                return Convert.FromHexString(text);
            }
            catch (FormatException)
            {
                return null;
            }
        }

        return Convert.TryFromBase64String(text, bytes, out var length) && length == KeyBytes ? bytes[..length] : null;
    }

    // Of two servers that start on one new folder, the first one's key counts for both.
    private static void Make(string file)
    {
        var beside = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var stream = new FileStream(beside, options))
        {
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(beside, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(beside);
        }
    }
}
