using System.Collections.Concurrent;
using System.Security.Cryptography;
using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Identity;

/// <summary>The RSA keys that sign job tokens: in the database, so that all servers share them, with the private part wrapped by the master key. Thread-safe.</summary>
public sealed class SigningKeys(Database database, MasterKey master, TimeProvider clock) : IDisposable
{
    private const int KeyBits = 2048;

    /// <summary>The advisory lock under which the first key is made, so that servers that start together make one.</summary>
    private const long LockKey = 0x63_61_70_6B_65_79_73;

    private readonly ConcurrentDictionary<string, SigningKey> known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim making = new(1);
    private SigningKey? current;

    /// <summary>The newest key that is not retired; made when there is none.</summary>
    public async Task<SigningKey> CurrentAsync(CancellationToken cancellationToken)
    {
        if (current is { } key)
            return key;
        await making.WaitAsync(cancellationToken);
        try
        {
            return current ??= await FindOrMakeAsync(cancellationToken);
        }
        finally
        {
            making.Release();
        }
    }

    /// <returns>Null: no such key, or it was retired.</returns>
    public async Task<SigningKey?> FindAsync(string kid, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(kid, out var key))
            return key;
        var row = await database.ReadSingleOrDefaultAsync<KeyRow>(
            "select kid, private_key_wrapped, master_key_id from signing_keys where kid = @Kid and retired_at is null", new { Kid = kid }, cancellationToken);
        return row is null ? null : known.GetOrAdd(kid, Open(row));
    }

    public void Dispose() => making.Dispose();

    private Task<SigningKey> FindOrMakeAsync(CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            await connection.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
            var row = await connection.QueryFirstOrDefaultAsync<KeyRow>(
                "select kid, private_key_wrapped, master_key_id from signing_keys where retired_at is null order by created_at desc limit 1");
            var key = Open(row ?? await MakeAsync(connection));
            return known.GetOrAdd(key.Kid, key);
        },
        cancellationToken);

    private async Task<KeyRow> MakeAsync(NpgsqlConnection connection)
    {
        using var rsa = RSA.Create(KeyBits);
        var kid = Convert.ToHexStringLower(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()))[..32];
        var row = new KeyRow(kid, master.Wrap(rsa.ExportPkcs8PrivateKey(), Context(kid)), master.Id);
        await connection.ExecuteAsync(
            """
            insert into signing_keys (kid, algorithm, public_key, private_key_wrapped, master_key_id, created_at)
            values (@Kid, 'RS256', @PublicKey, @PrivateKeyWrapped, @MasterKeyId, @Now)
            """,
            new { row.Kid, PublicKey = rsa.ExportSubjectPublicKeyInfo(), row.PrivateKeyWrapped, row.MasterKeyId, Now = clock.GetUtcNow() });
        return row;
    }

    private SigningKey Open(KeyRow row)
    {
        if (row.MasterKeyId != master.Id)
        {
            throw new StartupException(
                $"The database's keys are wrapped by the master key {row.MasterKeyId}, this server has {master.Id}. Put the right master.key back, or set CAPSTAN_MASTER_KEY to it.");
        }

        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(master.Unwrap(row.PrivateKeyWrapped, Context(row.Kid)), out _);
        return new SigningKey(row.Kid, rsa);
    }

    private static string Context(string kid) => $"signing_keys/{kid}";

    private sealed record KeyRow(string Kid, byte[] PrivateKeyWrapped, string MasterKeyId);
}

/// <summary>A key in use. Thread-safe: signing and verifying take no state of the object but the key.</summary>
public sealed class SigningKey
{
    private readonly RSA rsa;

    internal SigningKey(string kid, RSA rsa)
    {
        Kid = kid;
        this.rsa = rsa;
    }

    public string Kid { get; }

    public byte[] Sign(byte[] data)
    {
        // RSA objects of OpenSSL are not promised to be safe for concurrent use.
        lock (rsa)
            return rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    public bool Verify(byte[] data, byte[] signature)
    {
        lock (rsa)
            return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
