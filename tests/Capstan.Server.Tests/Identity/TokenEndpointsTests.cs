using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class TokenEndpointsTests
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    [Fact]
    public async Task A_token_works_until_it_is_revoked_and_only_its_hash_is_stored()
    {
        await using var server = await TestServer.StartAsync();
        var (_, username, client) = await server.SignedInAsync();
        var created = await CreateAsync(client, new CreateTokenRequest("laptop"));
        Assert.StartsWith("cap_", created.Token, StringComparison.Ordinal);

        using var laptop = server.WithBearer(created.Token);
        Assert.Equal(username, (await laptop.GetFromJsonAsync("/v1/user", Json.UserResponse))!.Username);
        Assert.Contains((await laptop.GetFromJsonAsync("/v1/tokens", Json.TokenPage))!.Items, token => token.Name == "laptop" && token.LastUsedAt is not null);
        Assert.Equal(OpaqueToken.HashOf(created.Token), await server.Database.ReadSingleOrDefaultAsync<byte[]>("select token_hash from access_tokens where name = 'laptop'"));

        Assert.Equal(HttpStatusCode.NoContent, (await laptop.DeleteAsync($"/v1/tokens/{created.Id}")).StatusCode);
        Assert.Equal("unauthenticated", await Problem.CodeAsync(await laptop.GetAsync("/v1/user"), HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_token_ends_when_it_expires()
    {
        var clock = new FakeClock();
        await using var server = await TestServer.StartAsync(options => options with { TimeProvider = clock });
        var (_, _, client) = await server.SignedInAsync();
        using var short_ = server.WithBearer((await CreateAsync(client, new CreateTokenRequest("a day", ExpiresInDays: 1))).Token);
        Assert.Equal(HttpStatusCode.OK, (await short_.GetAsync("/v1/user")).StatusCode);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await short_.GetAsync("/v1/user")).StatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(AccessTokens.MaxDays + 1)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public async Task A_token_expires_within_the_limit_or_never(int days)
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, client) = await server.SignedInAsync();
        var answer = await client.PostAsJsonAsync("/v1/tokens", new CreateTokenRequest("long", ExpiresInDays: days), Json.CreateTokenRequest);
        Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_token_that_only_reads_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, reader) = await server.SignedInAsync(isAdmin: false, TokenScopes.Read);
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync("/v1/orgs")).StatusCode);
        foreach (var request in new[]
        {
            await reader.PostAsJsonAsync("/v1/orgs", new CreateOrganizationRequest("acme"), Json.CreateOrganizationRequest),
            await reader.PostAsJsonAsync("/v1/tokens", new CreateTokenRequest("more"), Json.CreateTokenRequest),
        })
        {
            Assert.Equal("forbidden", await Problem.CodeAsync(request, HttpStatusCode.Forbidden));
        }
    }

    [Fact]
    public async Task A_token_makes_no_token_that_may_do_more_than_itself()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, client) = await server.SignedInAsync(isAdmin: true, TokenScopes.Write);
        var answer = await client.PostAsJsonAsync("/v1/tokens", new CreateTokenRequest("more", [TokenScopes.Admin]), Json.CreateTokenRequest);
        Assert.Equal("forbidden", await Problem.CodeAsync(answer, HttpStatusCode.Forbidden));
    }

    [Theory]
    [InlineData("", "read", null)]
    [InlineData("x", "everything", null)]
    [InlineData("x", "read", 0)]
    [InlineData("x", "read", 3651)]
    public async Task A_token_with_a_wrong_name_scope_or_life_is_refused(string name, string scope, int? days)
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, client) = await server.SignedInAsync();
        var answer = await client.PostAsJsonAsync("/v1/tokens", new CreateTokenRequest(name, [scope], days), Json.CreateTokenRequest);
        Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_user_sees_and_revokes_only_their_own_tokens()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, ada) = await server.SignedInAsync();
        var (_, _, bob) = await server.SignedInAsync();
        var created = await CreateAsync(ada, new CreateTokenRequest("ada's"));
        Assert.DoesNotContain((await bob.GetFromJsonAsync("/v1/tokens", Json.TokenPage))!.Items, token => token.Name == "ada's");
        await Problem.CodeAsync(await bob.DeleteAsync($"/v1/tokens/{created.Id}"), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_user_has_a_limited_number_of_tokens()
    {
        await using var server = await TestServer.StartAsync();
        var (id, _, client) = await server.SignedInAsync();
        for (var number = 1; number < AccessTokens.MaxPerUser; number++)
            Assert.IsType<CreateTokenResult.Created>(await server.Get<AccessTokens>().CreateAsync(null, id, $"token {number}", [TokenScopes.Read], null, default));
        var answer = await client.PostAsJsonAsync("/v1/tokens", new CreateTokenRequest("one too many"), Json.CreateTokenRequest);
        Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("anything", true)]
    [InlineData("x-access-token", true)]
    [InlineData("", true)]
    public async Task Git_gives_a_token_as_the_password_of_any_user(string username, bool accepted)
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, client) = await server.SignedInAsync();
        using var git = UserEndpointsTests.WithPassword(server, username, (await CreateAsync(client, new CreateTokenRequest("git"))).Token);
        Assert.Equal(accepted, (await git.GetAsync("/v1/user")).IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("Bearer cap_unknown")]
    [InlineData("Bearer capr_unknown")]
    [InlineData("Bearer eyJhbGciOiJSUzI1NiJ9.eyJ9.AAAA")]
    [InlineData("Bearer")]
    [InlineData("Basic !!!")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Digest x")]
    public async Task Wrong_credentials_are_refused_even_where_nobody_needs_any(string header)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Anonymous();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
        var answer = await client.GetAsync("/health");
        Assert.Equal("unauthenticated", await Problem.CodeAsync(answer, HttpStatusCode.Unauthorized));
        Assert.Contains(answer.Headers.WwwAuthenticate, challenge => challenge.Scheme == "Basic");
    }

    [Fact]
    public async Task The_api_asks_for_a_token_and_never_has_a_program_ask_for_a_password()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Anonymous();
        Assert.Equal(["Bearer"], (await client.GetAsync("/v1/user")).Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(null, false)]
    public async Task A_token_that_expires_makes_none_that_lives_longer(int? days, bool allowed)
    {
        var clock = new FakeClock();
        await using var server = await TestServer.StartAsync(options => options with { TimeProvider = clock });
        var (_, _, client) = await server.SignedInAsync();
        using var of1Day = server.WithBearer((await CreateAsync(client, new CreateTokenRequest("a day", ExpiresInDays: 1))).Token);
        var answer = await of1Day.PostAsJsonAsync("/v1/tokens", new CreateTokenRequest("child", ExpiresInDays: days), Json.CreateTokenRequest);
        Assert.Equal(allowed ? HttpStatusCode.Created : HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private static async Task<CreateTokenResponse> CreateAsync(HttpClient client, CreateTokenRequest request)
    {
        var answer = await client.PostAsJsonAsync("/v1/tokens", request, Json.CreateTokenRequest);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync(Json.CreateTokenResponse))!;
    }
}
