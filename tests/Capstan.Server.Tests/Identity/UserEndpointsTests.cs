using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Administration;
using Capstan.Server.Identity;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class UserEndpointsTests
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    [Fact]
    public async Task The_first_administrator_is_made_once_and_must_choose_a_password_before_anything_else()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.Get<FirstAdministrator>().EnsureAsync("admin", password: null, default);
        Assert.NotNull(first.OneTimePassword);
        Assert.Null((await server.Get<FirstAdministrator>().EnsureAsync("admin", password: null, default)).OneTimePassword);

        using var client = WithPassword(server, "admin", first.OneTimePassword);
        Assert.Equal(ErrorCodes.PasswordChangeRequired, await Problem.CodeAsync(await client.GetAsync("/v1/tokens"), HttpStatusCode.Forbidden));
        Assert.True((await client.GetFromJsonAsync("/v1/user", Json.UserResponse))!.MustChangePassword);
        var change = await client.PutAsJsonAsync("/v1/user/password", new ChangePasswordRequest(first.OneTimePassword, "a better password"), Json.ChangePasswordRequest);
        Assert.Equal(HttpStatusCode.NoContent, change.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/user")).StatusCode);
        using var changed = WithPassword(server, "ADMIN", "a better password");
        Assert.Equal(HttpStatusCode.OK, (await changed.GetAsync("/v1/tokens")).StatusCode);
    }

    [Fact]
    public async Task A_first_administrator_with_a_given_password_need_not_change_it()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Null((await server.Get<FirstAdministrator>().EnsureAsync("root-of-all", "given password", default)).OneTimePassword);
        using var client = WithPassword(server, "root-of-all", "given password");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/users")).StatusCode);
    }

    [Fact]
    public async Task An_administrator_makes_users_and_resets_their_passwords()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var created = await (await admin.PostAsJsonAsync("/v1/users", new CreateUserRequest("Ada", "ada@example.org", "difference engine"), Json.CreateUserRequest))
            .Content.ReadFromJsonAsync(Json.CreateUserResponse);
        Assert.Null(created!.OneTimePassword);
        using (var ada = WithPassword(server, "ada", "difference engine"))
            Assert.Equal("Ada", (await ada.GetFromJsonAsync("/v1/user", Json.UserResponse))!.Username);

        var reset = await (await admin.PutAsJsonAsync("/v1/users/ada/password", new ResetPasswordRequest(), Json.ResetPasswordRequest)).Content.ReadFromJsonAsync(Json.ResetPasswordResponse);
        using var again = WithPassword(server, "ada", reset!.OneTimePassword!);
        Assert.True((await again.GetFromJsonAsync("/v1/user", Json.UserResponse))!.MustChangePassword);
    }

    [Theory]
    [InlineData("ada", ErrorCodes.NameTaken)]
    [InlineData("ADA", ErrorCodes.NameTaken)]
    [InlineData("acme", ErrorCodes.NameTaken)]
    [InlineData("v1", ErrorCodes.NameReserved)]
    [InlineData("Login", ErrorCodes.NameReserved)]
    public async Task A_name_that_is_taken_or_reserved_is_refused(string name, string code)
    {
        await using var server = await TestServer.StartAsync();
        var seeds = new Testing.Seeds(server.ConnectionString);
        await seeds.OrganizationAsync("Acme", await seeds.UserAsync("Ada"));
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        Assert.Equal(code, await Problem.CodeAsync(await admin.PostAsJsonAsync("/v1/users", new CreateUserRequest(name), Json.CreateUserRequest), HttpStatusCode.Conflict));
        Assert.Equal(2, await server.Database.ReadSingleOrDefaultAsync<int>("select count(*)::int from users"));
    }

    [Theory]
    [InlineData("""{"username":""}""")]
    [InlineData("""{"username":"-x"}""")]
    [InlineData("""{"username":"a b"}""")]
    [InlineData("""{"username":"a/b"}""")]
    [InlineData("""{"username":"1234567890123456789012345678901234567890"}""")]
    [InlineData("""{"username":"bob","password":"short"}""")]
    [InlineData("""{"username":"bob","email":"none"}""")]
    [InlineData("""{"username":null}""")]
    [InlineData("""{"username":7}""")]
    [InlineData("""{"email":"a@b"}""")]
    [InlineData("""{"username":""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_malformed_request_is_400_and_changes_nothing(string body)
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var answer = await admin.PostAsync("/v1/users", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(ErrorCodes.Invalid, await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
        Assert.Equal(1, await server.Database.ReadSingleOrDefaultAsync<int>("select count(*)::int from users"));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413_and_one_of_another_type_415()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var large = $$"""{"username":"bob","email":"{{new string('a', 1024 * 1024)}}"}""";
        Assert.Equal(
            ErrorCodes.BodyTooLarge,
            await Problem.CodeAsync(await admin.PostAsync("/v1/users", new StringContent(large, Encoding.UTF8, "application/json")), HttpStatusCode.RequestEntityTooLarge));
        Assert.Equal(
            ErrorCodes.UnsupportedMediaType,
            await Problem.CodeAsync(await admin.PostAsync("/v1/users", new StringContent("{}", Encoding.UTF8, "text/plain")), HttpStatusCode.UnsupportedMediaType));
    }

    [Fact]
    public async Task Users_who_are_no_administrators_make_nobody()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, client) = await server.SignedInAsync();
        var (_, _, withoutScope) = await server.SignedInAsync(isAdmin: true, TokenScopes.Read, TokenScopes.Write);
        foreach (var caller in new[] { client, withoutScope })
            await Problem.CodeAsync(await caller.PostAsJsonAsync("/v1/users", new CreateUserRequest("bob"), Json.CreateUserRequest), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_answer_to_an_unknown_user_and_to_a_wrong_password_is_the_same()
    {
        await using var server = await TestServer.StartAsync();
        await server.Get<FirstAdministrator>().EnsureAsync("ada", "difference engine", default);
        var answers = new List<string>();
        foreach (var name in new[] { "ada", "nobody" })
        {
            using var client = WithPassword(server, name, "wrong password");
            var answer = await client.GetAsync("/v1/user");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task After_too_many_wrong_passwords_even_the_right_one_must_wait()
    {
        await using var server = await TestServer.StartAsync();
        await server.Get<FirstAdministrator>().EnsureAsync("ada", "difference engine", default);
        for (var attempt = 0; attempt < FailedSignIns.MaxPerNameAndAddress; attempt++)
            server.Get<FailedSignIns>().Failed("ada", "127.0.0.1");
        using var client = WithPassword(server, "ada", "difference engine");
        var answer = await client.GetAsync("/v1/user");
        Assert.Equal(ErrorCodes.TooManyAttempts, await Problem.CodeAsync(answer, HttpStatusCode.TooManyRequests));
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_disabled_user_is_nobody()
    {
        await using var server = await TestServer.StartAsync();
        var (id, _, client) = await server.SignedInAsync();
        await using (var connection = await server.Database.OpenAsync())
            await connection.ExecuteAsync("update users set disabled_at = created_at where id = @Id", new { Id = id });
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/user")).StatusCode);
    }

    [Fact]
    public async Task Users_are_listed_in_pages()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        await server.SignedInAsync();
        await server.SignedInAsync();
        var first = await admin.GetFromJsonAsync("/v1/users?limit=2", Json.UserPage);
        Assert.Equal(2, first!.Items.Count);
        var second = await admin.GetFromJsonAsync($"/v1/users?limit=2&after={first.Next}", Json.UserPage);
        Assert.Single(second!.Items);
        Assert.Null(second.Next);
    }

    internal static HttpClient WithPassword(TestServer server, string username, string password)
    {
        var client = server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}")));
        return client;
    }
}
