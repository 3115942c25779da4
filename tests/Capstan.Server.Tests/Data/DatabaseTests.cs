using Capstan.Contracts;
using Capstan.Server.Data;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Data;

public sealed class DatabaseTests
{
    [Fact]
    public async Task Ids_times_and_names_are_read_into_records_and_written_as_parameters()
    {
        await using var server = await ServerDatabase.CreateAsync();
        await using var connection = await server.Database.OpenAsync();
        var time = new DateTimeOffset(2026, 5, 1, 10, 0, 0, TimeSpan.Zero);
        var row = await connection.QuerySingleAsync<Sample>(
            "select @Id as id, null::bigint as other_id, @Time as time, null::timestamptz as later",
            new { Id = new RunId(7), Time = time });
        Assert.Equal(new Sample(new RunId(7), null, time, null), row);
        Assert.Equal(Status.InProgress, StatusNames.ParseStatus(await connection.QuerySingleAsync<string>("select @Status::text", new { Status = Status.InProgress.Name() })));
    }

    [Fact]
    public async Task An_id_scalar_is_null_when_there_is_no_row()
    {
        await using var server = await ServerDatabase.CreateAsync();
        Assert.Null(await server.Database.ReadSingleOrDefaultAsync<UserId?>("select id from users where username = 'nobody'"));
    }

    [Fact]
    public async Task A_transaction_that_throws_leaves_nothing()
    {
        await using var server = await ServerDatabase.CreateAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.Database.InTransactionAsync(async connection =>
        {
            await connection.ExecuteAsync("insert into actions_inventory_hosts values ('a', '2026-01-01Z')");
            throw new InvalidOperationException();
        }));
        Assert.Equal(0, await server.Database.ReadSingleOrDefaultAsync<int>("select count(*)::int from actions_inventory_hosts"));
    }

    [Fact]
    public async Task A_statement_that_comes_again_is_prepared_and_stays_so_when_its_connection_goes_back_to_the_pool()
    {
        const string Sql = "select count(*)::int from users";
        await using var server = await ServerDatabase.CreateAsync();
        await using var one = new Database(server.ConnectionString + ";Maximum Pool Size=1");
        for (var i = 0; i < 4; i++)
            await one.ReadSingleOrDefaultAsync<int>(Sql);

        Assert.Equal(1, await one.ReadSingleOrDefaultAsync<int>("select count(*)::int from pg_prepared_statements where statement = @Sql", new { Sql }));
    }

    [Theory]
    [InlineData("", "off")]
    [InlineData(";Options=-c jit=on", "on")]
    public async Task Plans_are_compiled_only_for_who_asks_for_it(string given, string jit)
    {
        await using var server = await ServerDatabase.CreateAsync();
        await using var database = new Database(server.ConnectionString + given);

        Assert.Equal(jit, await database.ReadSingleOrDefaultAsync<string>("show jit"));
    }

    [Theory]
    [InlineData("", "force_generic_plan")]
    [InlineData(";Options=-c plan_cache_mode=auto", "auto")]
    public async Task The_statements_of_jobs_have_one_plan_for_all_values(string given, string mode)
    {
        await using var server = await ServerDatabase.CreateAsync();
        await using var database = new Database(server.ConnectionString + given);

        Assert.Equal(mode, await database.Jobs.ReadSingleOrDefaultAsync<string>("show plan_cache_mode"));
        Assert.Equal("auto", await database.ReadSingleOrDefaultAsync<string>("show plan_cache_mode"));
    }

    [Fact]
    public async Task What_a_connection_string_says_wins_over_our_defaults()
    {
        await using var ours = new Database("Host=nowhere");
        await using var given = new Database("Host=nowhere;MaxPoolSize=3;Command Timeout=7;Max Auto Prepare=0");

        Assert.Contains("Maximum Pool Size=34", ours.ConnectionString, StringComparison.Ordinal);
        Assert.Contains("Timeout=5", ours.ConnectionString, StringComparison.Ordinal);
        Assert.Contains("Maximum Pool Size=3", given.ConnectionString, StringComparison.Ordinal);
        Assert.Contains("Command Timeout=7", given.ConnectionString, StringComparison.Ordinal);
        Assert.Contains("Max Auto Prepare=0", given.ConnectionString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pool_outlives_connections_that_were_cut()
    {
        await using var server = await ServerDatabase.CreateAsync();
        Assert.Equal(1, await server.Database.ReadSingleOrDefaultAsync<int>("select 1"));
        await server.CutConnectionsAsync();
        await Testing.Eventually.TrueAsync(async () =>
        {
            try
            {
                return await server.Database.ReadSingleOrDefaultAsync<int>("select 1") == 1;
            }
            catch (Npgsql.NpgsqlException)
            {
                return false;
            }
        });
    }

    private sealed record Sample(RunId Id, RunId? OtherId, DateTimeOffset Time, DateTimeOffset? Later);
}
