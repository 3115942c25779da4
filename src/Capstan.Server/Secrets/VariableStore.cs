using Capstan.Contracts.V1;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;

namespace Capstan.Server.Secrets;

/// <summary>Keeps configuration variables: the context <c>vars</c>. Every change is audited in its own transaction, without the value. Thread-safe.</summary>
internal sealed class VariableStore(Database database, AuditLog audit, TimeProvider clock)
{
    /// <summary>
    /// An expression for a row <c>p</c> of repositories and <c>o</c> of organizations: the variables that a run sees, as an object. A repository's own go before its
    /// organization's of the same name. All together have at most 256 KB: what comes after, in the order repository, organization, name, is left out.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#limits-for-configuration-variables
    /// </summary>
    public const string OfRun = """
        (select coalesce(jsonb_object_agg(fitting.name, fitting.value), '{}') from (
            select v.name, v.value, sum(octet_length(v.value)) over (order by v.organization_id nulls first, v.name) as bytes
              from actions_variables v
             where v.repository_id = p.id
                or (v.organization_id = o.id and not exists (select from actions_variables own where own.repository_id = p.id and own.name = v.name))
          ) fitting where fitting.bytes <= 262144)
        """;

    public async Task<IReadOnlyList<(long Id, VariableResponse Variable)>> ListAsync(SecretOwner owner, long after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<(long Id, string Name, string Value, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)>(new CommandDefinition(
            $"select id, name, value, created_at, updated_at from actions_variables where {owner.Column} = @Owner and id > @After order by id limit @Limit",
            new { Owner = owner.Id, After = after, Limit = limit },
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => (row.Id, new VariableResponse(row.Name, row.Value, row.CreatedAt, row.UpdatedAt)))];
    }

    /// <summary>What goes before the variables of the run in jobs of the environment.</summary>
    public async Task<IReadOnlyDictionary<string, string>> OfAsync(EnvironmentId environment, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string Name, string Value)>(new CommandDefinition(
            "select name, value from actions_variables where environment_id = @Environment", new { Environment = environment.Value }, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Name, row => row.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <param name="name">Checked by <see cref="SecretRules"/>, as is the value.</param>
    public Task<SetResult> SetAsync(SecretOwner owner, string name, string value, Principal by, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            name = SecretRules.Normal(name);

            // The owner's row orders changes, so that two at once cannot both take the last place.
            await connection.ExecuteAsync($"select from {owner.Table} where id = @Id for no key update", new { owner.Id });
            var (count, exists) = await connection.QuerySingleAsync<(int, bool)>(
                $"select count(*)::int, coalesce(bool_or(name = @Name), false) from actions_variables where {owner.Column} = @Owner", new { Owner = owner.Id, Name = name });
            if (!exists && count >= owner.MaxVariables)
                return SetResult.LimitReached;
            await connection.ExecuteAsync(
                $"""
                insert into actions_variables ({owner.Column}, name, value, created_at, updated_at) values (@Owner, @Name, @Value, @Now, @Now)
                on conflict ({owner.Column}, name) where {owner.Column} is not null do update set value = excluded.value, updated_at = excluded.updated_at
                """,
                new { Owner = owner.Id, Name = name, Value = value, Now = clock.GetUtcNow() });
            await audit.WriteAsync(connection, owner.Audit(by, "variable.set", name));
            return exists ? SetResult.Changed : SetResult.Created;
        },
        cancellationToken);

    /// <returns>False: there was none.</returns>
    public Task<bool> DeleteAsync(SecretOwner owner, string name, Principal by, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            name = SecretRules.Normal(name);
            if (await connection.ExecuteAsync($"delete from actions_variables where {owner.Column} = @Owner and name = @Name", new { Owner = owner.Id, Name = name }) == 0)
                return false;
            await audit.WriteAsync(connection, owner.Audit(by, "variable.delete", name));
            return true;
        },
        cancellationToken);
}
