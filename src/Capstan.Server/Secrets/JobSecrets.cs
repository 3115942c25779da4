using Capstan.Server.Data;
using Dapper;

namespace Capstan.Server.Secrets;

/// <summary>
/// The secrets that a job gets: its organization's and its repository's, which go before those of the same name, and apart from them those of its environment. Opened ones
/// are kept in memory for the repositories and environments last asked about, for as long as their version is the one that the claim read: a job always gets what is set
/// now, and mostly without a statement. What no job has asked for in <see cref="IdleLimit"/> is dropped, so that the values of a repository at rest are in the database
/// only. Thread-safe.
/// </summary>
internal sealed class JobSecrets : IDisposable
{
    /// <summary>Of all that is kept, in UTF-16 units: a repository has a few thousand as a rule, and millions at the worst.</summary>
    internal const long MaxKeptChars = 32 * 1024 * 1024;

    internal static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

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

    internal const string SelectOfEnvironment = """
        select e.secrets_version as version, s.name, 'environment_id' as owner_column, s.environment_id as owner_id, s.sealed_value, s.wrapped_key, s.master_key_id
          from environments e left join actions_secrets s on s.environment_id = e.id where e.id = @Environment
        """;

    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    private readonly Database database;
    private readonly SecretBox box;
    private readonly TimeProvider clock;
    private readonly ITimer sweeping;
    private readonly Lock gate = new();
    private readonly Dictionary<Source, Kept> kept = [];
    private long keptChars;

    public JobSecrets(Database database, SecretBox box, TimeProvider clock)
    {
        this.database = database;
        this.box = box;
        this.clock = clock;
        sweeping = clock.CreateTimer(static state => ((JobSecrets)state!).DropIdle(), this, SweepInterval, SweepInterval);
    }

    /// <summary>For tests: of how many repositories and environments secrets are kept.</summary>
    internal int Count
    {
        get
        {
            lock (gate)
                return kept.Count;
        }
    }

    /// <param name="version">The sum of the repository's and its organization's; 0: neither ever had a secret.</param>
    public ValueTask<IReadOnlyDictionary<string, string>> OfAsync(RepositoryId repository, long version, CancellationToken cancellationToken) =>
        OfAsync(new Source(IsEnvironment: false, repository.Value), version, cancellationToken);

    /// <param name="version">The environment's; 0: it never had a secret.</param>
    public ValueTask<IReadOnlyDictionary<string, string>> OfAsync(EnvironmentId environment, long version, CancellationToken cancellationToken) =>
        OfAsync(new Source(IsEnvironment: true, environment.Value), version, cancellationToken);

    private async ValueTask<IReadOnlyDictionary<string, string>> OfAsync(Source source, long version, CancellationToken cancellationToken)
    {
        if (version == 0)
            return None;

        // Versions only grow: what is kept may be newer than what the claim saw, never older.
        if (Find(source, version) is { } known)
            return known;
        var read = await ReadAsync(source, cancellationToken);
        Keep(source, read);
        return read.Values;
    }

    public void Dispose() => sweeping.Dispose();

    private IReadOnlyDictionary<string, string>? Find(Source source, long version)
    {
        lock (gate)
        {
            if (!kept.TryGetValue(source, out var known) || known.Version < version)
                return null;
            known.UsedAt = clock.GetTimestamp();
            return known.Values;
        }
    }

    private void Keep(Source source, Kept read)
    {
        lock (gate)
        {
            Drop(source);
            if (read.Chars > MaxKeptChars)
                return;
            if (keptChars + read.Chars > MaxKeptChars)
            {
                kept.Clear();
                keptChars = 0;
            }

            read.UsedAt = clock.GetTimestamp();
            kept.Add(source, read);
            keptChars += read.Chars;
        }
    }

    private void DropIdle()
    {
        lock (gate)
        {
            foreach (var (source, _) in kept.Where(entry => clock.GetElapsedTime(entry.Value.UsedAt) >= IdleLimit).ToList())
                Drop(source);
        }
    }

    private void Drop(Source source)
    {
        if (kept.Remove(source, out var dropped))
            keptChars -= dropped.Chars;
    }

    private async Task<Kept> ReadAsync(Source source, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            source.IsEnvironment ? SelectOfEnvironment : Select,
            new { Repository = source.Id, Environment = source.Id, OrganizationLimit = SecretRules.MaxOrganizationSecretsOfJob },
            cancellationToken: cancellationToken))).AsList();
        var values = new Dictionary<string, string>(StringComparer.Ordinal);

        // The organization's come first, so that the repository's own take their place.
        foreach (var row in rows.Where(row => row.Name is not null).OrderBy(row => row.OwnerColumn, StringComparer.Ordinal))
        {
            values[row.Name!] = box.Open(
                new SealedSecret(row.SealedValue!, row.WrappedKey!, row.MasterKeyId!), SecretBox.Context(row.OwnerColumn!, row.OwnerId!.Value, row.Name!));
        }

        return new Kept(rows.Count > 0 ? rows[0].Version : 0, values);
    }

    /// <param name="Id">Of an environment, or of a repository, which stands for its organization, too.</param>
    private readonly record struct Source(bool IsEnvironment, long Id);

    private sealed class Kept(long version, IReadOnlyDictionary<string, string> values)
    {
        public long Version => version;

        public IReadOnlyDictionary<string, string> Values => values;

        public long Chars { get; } = values.Sum(entry => (long)entry.Key.Length + entry.Value.Length);

        /// <summary>A timestamp of the clock.</summary>
        public long UsedAt { get; set; }
    }

    private sealed record Row(long Version, string? Name, string? OwnerColumn, long? OwnerId, byte[]? SealedValue, byte[]? WrappedKey, string? MasterKeyId);
}
