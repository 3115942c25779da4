using System.Collections.Concurrent;
using Capstan.Server.Data;
using Dapper;

namespace Capstan.Server.Secrets;

/// <summary>
/// The secrets that a job gets: its organization's and its repository's, which go before those of the same name. Opened ones are kept in memory for the repositories last
/// asked about, for as long as their version is the one that the claim read: a job always gets what is set now, and mostly without a statement. Thread-safe.
/// </summary>
internal sealed class JobSecrets(Database database, SecretBox box)
{
    /// <summary>Repositories: a few kilobytes each, two hundred times 48 KB at the worst.</summary>
    private const int MaxKept = 500;

    // The version is read with the values, in one snapshot. Carried by the two unique indexes of actions_secrets.
    internal const string Select = """
        select owner.version, s.name, s.owner_column, s.owner_id, s.sealed_value, s.wrapped_key, s.master_key_id
          from (select r.id, r.organization_id, r.secrets_version + o.secrets_version as version
                  from repositories r join organizations o on o.id = r.organization_id where r.id = @Repository) owner
          left join lateral (
               (select c.name, 'organization_id' as owner_column, c.organization_id as owner_id, c.sealed_value, c.wrapped_key, c.master_key_id
                  from actions_secrets c where c.organization_id = owner.organization_id order by c.name limit @OrganizationLimit)
               union all
               (select c.name, 'repository_id', c.repository_id, c.sealed_value, c.wrapped_key, c.master_key_id
                  from actions_secrets c where c.repository_id = owner.id)) s on true
        """;

    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<RepositoryId, Kept> kept = new();

    /// <param name="version">The sum of the repository's and its organization's; 0: neither ever had a secret.</param>
    public async ValueTask<IReadOnlyDictionary<string, string>> OfAsync(RepositoryId repository, long version, CancellationToken cancellationToken)
    {
        if (version == 0)
            return None;

        // Versions only grow: what is kept may be newer than what the claim saw, never older.
        if (kept.TryGetValue(repository, out var known) && known.Version >= version)
            return known.Values;
        var read = await ReadAsync(repository, cancellationToken);
        if (kept.Count >= MaxKept)
            kept.Clear();
        kept[repository] = read;
        return read.Values;
    }

    private async Task<Kept> ReadAsync(RepositoryId repository, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            Select, new { Repository = repository, OrganizationLimit = SecretRules.MaxOrganizationSecretsOfJob }, cancellationToken: cancellationToken))).AsList();
        var values = new Dictionary<string, string>(StringComparer.Ordinal);

        // The organization's come first, so that the repository's own take their place.
        foreach (var row in rows.Where(row => row.Name is not null).OrderBy(row => row.OwnerColumn, StringComparer.Ordinal))
        {
            values[row.Name!] = box.Open(
                new SealedSecret(row.SealedValue!, row.WrappedKey!, row.MasterKeyId!), SecretBox.Context(row.OwnerColumn!, row.OwnerId!.Value, row.Name!));
        }

        return new Kept(rows.Count > 0 ? rows[0].Version : 0, values);
    }

    private sealed record Kept(long Version, IReadOnlyDictionary<string, string> Values);

    private sealed record Row(long Version, string? Name, string? OwnerColumn, long? OwnerId, byte[]? SealedValue, byte[]? WrappedKey, string? MasterKeyId);
}
