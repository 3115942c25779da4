using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;

namespace Capstan.Server.Data;

/// <summary>
/// Brings a database to the schema of this program: the numbered <c>.sql</c> files embedded in the assembly, each in its own transaction, forward only. Servers
/// that start at the same time wait for each other on an advisory lock.
/// </summary>
public static class Migrator
{
    /// <summary>The advisory lock's key: the letters "capstan" as a number; nothing else of ours takes a lock with one 64-bit key of this value.</summary>
    private const long LockKey = 0x63_61_70_73_74_61_6E;

    private const string ResourcePrefix = "Migrations/";

    private const string CreateTable = """
        create table if not exists schema_migrations (
            version    integer     primary key,
            name       text        not null,
            checksum   bytea       not null,
            applied_at timestamptz not null
        )
        """;

    /// <exception cref="StartupException">The database was made by a newer program, its migrations are not ours, or it is no Capstan database.</exception>
    public static Task ApplyAsync(Database database, TimeProvider clock, CancellationToken cancellationToken = default) =>
        ApplyAsync(database, Embedded(), clock, cancellationToken);

    internal static async Task ApplyAsync(Database database, IReadOnlyList<Migration> migrations, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenUnpooledAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_lock(@LockKey)", new { LockKey }, commandTimeout: 0, cancellationToken: cancellationToken));
        try
        {
            await RefuseForeignDatabaseAsync(connection);
            await connection.ExecuteAsync(CreateTable);
            var applied = (await connection.QueryAsync<AppliedMigration>("select version, name, checksum from schema_migrations order by version")).AsList();
            RefuseOtherHistory(applied, migrations);
            foreach (var migration in migrations.Skip(applied.Count))
                await ApplyAsync(connection, migration, clock, cancellationToken);
        }
        finally
        {
            await connection.ExecuteAsync("select pg_advisory_unlock(@LockKey)", new { LockKey });
        }
    }

    /// <summary>The migrations of this program, by version, without gaps.</summary>
    internal static IReadOnlyList<Migration> Embedded()
    {
        var assembly = typeof(Migrator).Assembly;
        var migrations = new List<Migration>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            var name = Path.GetFileNameWithoutExtension(resource[ResourcePrefix.Length..]);
            migrations.Add(new Migration(int.Parse(name[..4]), name, reader.ReadToEnd()));
        }

        if (migrations.Where((migration, index) => migration.Version != index + 1).Any())
            throw new InvalidOperationException("The embedded migrations are not numbered from 0001 without gaps.");
        return migrations;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Migration migration, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Not through Dapper: the text is many statements and may hold an @ or a : that is no parameter. A migration may take as long as it takes.
        await using (var command = new NpgsqlCommand(migration.Sql, connection, transaction) { CommandTimeout = 0 })
            await command.ExecuteNonQueryAsync(cancellationToken);
        await connection.ExecuteAsync(
            "insert into schema_migrations (version, name, checksum, applied_at) values (@Version, @Name, @Checksum, @At)",
            new { migration.Version, migration.Name, migration.Checksum, At = clock.GetUtcNow() });
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task RefuseForeignDatabaseAsync(NpgsqlConnection connection)
    {
        const string sql = """
            select count(*) filter (where tablename = 'schema_migrations') = 0 and count(*) > 0
              from pg_tables where schemaname = current_schema()
            """;
        if (await connection.QuerySingleAsync<bool>(sql))
        {
            throw new StartupException(
                "The database holds tables of something else and none of Capstan's. Name an empty database in CAPSTAN_DATABASE (createdb capstan makes one).");
        }
    }

    private static void RefuseOtherHistory(IReadOnlyList<AppliedMigration> applied, IReadOnlyList<Migration> migrations)
    {
        if (applied.Count > migrations.Count)
        {
            throw new StartupException(
                $"The database is of a newer version of Capstan: it has migration {applied[^1].Name}, this program knows up to {migrations[^1].Name}. "
                + "Start the newer program, or restore the backup made before the upgrade. Nothing was changed.");
        }

        foreach (var (was, known) in applied.Zip(migrations))
        {
            if (was.Version != known.Version || !was.Checksum.AsSpan().SequenceEqual(known.Checksum))
            {
                throw new StartupException(
                    $"Migration {known.Name} is recorded in the database with other content (as {was.Name}). The database was made by a different build of Capstan; "
                    + "start that one, or use an empty database. Nothing was changed.");
            }
        }
    }

    private sealed record AppliedMigration(int Version, string Name, byte[] Checksum);
}

/// <param name="Version">From 1, the number in front of the file's name.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    public byte[] Checksum { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Sql));
}
