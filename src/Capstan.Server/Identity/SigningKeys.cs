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

    /// <summary>A key that is retired, on whatever server, is used by nobody after this.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Known> known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim making = new(1);
    private Known? current;

    /// <summary>The newest key that is not retired; made when there is none.</summary>
    public async Task<SigningKey> CurrentAsync(CancellationToken cancellationToken)
    {
        if (current is { } read && IsGood(read))
            return read.Key;
        await making.WaitAsync(cancellationToken);
        try
        {
            if (current is not { } meanwhile || !IsGood(meanwhile))
                current = await FindOrMakeAsync(cancellationToken);
            return current.Key;
        }
        finally
        {
            making.Release();
        }
    }

    /// <returns>Null: no such key, or it was retired.</returns>
    public async Task<SigningKey?> FindAsync(string kid, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(kid, out var read) && IsGood(read))
            return read.Key;
        var row = await database.ReadSingleOrDefaultAsync<KeyRow>(
            "select kid, private_key_wrapped, master_key_id from signing_keys where kid = @Kid and retired_at is null", new { Kid = kid }, cancellationToken);
        if (row is not null)
            return Keep(row).Key;
        known.TryRemove(kid, out _);
        return null;
    }

    public void Dispose() => making.Dispose();

    private bool IsGood(Known read) => clock.GetUtcNow() - read.At < GoodFor;

    /// <summary>Opened once: the key itself never changes.</summary>
    private Known Keep(KeyRow row) => known[row.Kid] = new Known(known.TryGetValue(row.Kid, out var open) ? open.Key : Open(row), clock.GetUtcNow());

    private Task<Known> FindOrMakeAsync(CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            await connection.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
            var row = await connection.QueryFirstOrDefaultAsync<KeyRow>(
                "select kid, private_key_wrapped, master_key_id from signing_keys where retired_at is null order by created_at desc limit 1");
            return Keep(row ?? await MakeAsync(connection));
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

        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(master.Unwrap(row.PrivateKeyWrapped, Context(row.Kid)), out _);
        return new SigningKey(row.Kid, rsa.ExportParameters(includePrivateParameters: true));
    }

    private static string Context(string kid) => $"signing_keys/{kid}";

    /// <param name="At">When it was last read that it is not retired.</param>
    private sealed record Known(SigningKey Key, DateTimeOffset At);

    private sealed record KeyRow(string Kid, byte[] PrivateKeyWrapped, string MasterKeyId);
}
