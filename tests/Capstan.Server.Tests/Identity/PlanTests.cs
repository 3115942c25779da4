using Capstan.Server.Identity;
using Capstan.Server.Tests.Data;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

/// <summary>What every request runs reads an index, however many users, tokens, sessions and repositories there are.</summary>
public sealed class PlanTests
{
    [Theory]
    [InlineData(Authenticator.FindByToken)]
    [InlineData(Authenticator.FindBySession)]
    [InlineData(Authenticator.FindByUsername)]
    [InlineData(RightsQueries.FindByName)]
    [InlineData(RightsQueries.FindOrganizationByName)]
    [InlineData(JobTokens.FindLiving)]
    public async Task No_statement_of_a_request_scans_a_table(string sql)
    {
        await using var server = await ServerDatabase.CreateAsync();
        (string, object)[] all =
        [
            ("Hash", new byte[32]), ("Now", FakeClock.DefaultStart), ("Username", "ada"), ("Owner", "acme"), ("Repository", "app"), ("UserId", 1L), ("IsAdmin", false),
            ("ExecutionId", 1L), ("FencingToken", 1L),
        ];
        var plan = await QueryPlan.OfAsync(server.ConnectionString, sql, [.. all.Where(parameter => sql.Contains($"@{parameter.Item1}", StringComparison.Ordinal))]);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.Contains("Index", plan, StringComparison.Ordinal);
    }
}
