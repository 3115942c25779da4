using Capstan.Contracts.V1;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Secrets;

/// <summary>What came of setting a secret or a variable.</summary>
internal enum SetResult
{
    Created,
    Changed,

    /// <summary>The owner has as many as there may be; nothing was changed.</summary>
    LimitReached,
}

/// <summary>Keeps secrets: their values go in and come out only with a job. Every change is audited in its own transaction. Thread-safe.</summary>
internal sealed class SecretStore(Database database, SecretBox box, AuditLog audit, TimeProvider clock)
{
    public async Task<IReadOnlyList<(long Id, SecretResponse Secret)>> ListAsync(SecretOwner owner, long after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<(long Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)>(new CommandDefinition(
            $"select id, name, created_at, updated_at from actions_secrets where {owner.Column} = @Owner and id > @After order by id limit @Limit",
            new { Owner = owner.Id, After = after, Limit = limit },
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => (row.Id, new SecretResponse(row.Name, row.CreatedAt, row.UpdatedAt)))];
    }

    /// <param name="name">Checked by <see cref="SecretRules"/>, as is the value.</param>
    public Task<SetResult> SetAsync(SecretOwner owner, string name, string value, Principal by, CancellationToken cancellationToken)
    {
        name = SecretRules.Normal(name);
        var secret = box.Seal(value, SecretBox.Context(owner.Column, owner.Id, name));
        return database.InTransactionAsync(
            async connection =>
            {
                await RaiseVersionAsync(connection, owner);
                var (count, exists) = await connection.QuerySingleAsync<(int, bool)>(
                    $"select count(*)::int, coalesce(bool_or(name = @Name), false) from actions_secrets where {owner.Column} = @Owner", new { Owner = owner.Id, Name = name });
                if (!exists && count >= owner.MaxSecrets)
                    return SetResult.LimitReached;
                await connection.ExecuteAsync(
                    $"""
                    insert into actions_secrets ({owner.Column}, name, sealed_value, wrapped_key, master_key_id, created_at, updated_at)
                    values (@Owner, @Name, @SealedValue, @WrappedKey, @MasterKeyId, @Now, @Now)
                    on conflict ({owner.Column}, name) where {owner.Column} is not null do update
                    set sealed_value = excluded.sealed_value, wrapped_key = excluded.wrapped_key, master_key_id = excluded.master_key_id, updated_at = excluded.updated_at
                    """,
                    new { Owner = owner.Id, Name = name, secret.SealedValue, secret.WrappedKey, secret.MasterKeyId, Now = clock.GetUtcNow() });
                await audit.WriteAsync(connection, owner.Audit(by, "secret.set", name));
                return exists ? SetResult.Changed : SetResult.Created;
            },
            cancellationToken);
    }

    /// <returns>False: there was none.</returns>
    public Task<bool> DeleteAsync(SecretOwner owner, string name, Principal by, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            name = SecretRules.Normal(name);
            await RaiseVersionAsync(connection, owner);
            if (await connection.ExecuteAsync($"delete from actions_secrets where {owner.Column} = @Owner and name = @Name", new { Owner = owner.Id, Name = name }) == 0)
                return false;
            await audit.WriteAsync(connection, owner.Audit(by, "secret.delete", name));
            return true;
        },
        cancellationToken);

    /// <summary>First in every change: the owner's row also orders changes, so that two at once cannot both take the last place.</summary>
    private static Task RaiseVersionAsync(NpgsqlConnection connection, SecretOwner owner) =>
        connection.ExecuteAsync($"update {owner.Table} set secrets_version = secrets_version + 1 where id = @Id", new { owner.Id });
}
