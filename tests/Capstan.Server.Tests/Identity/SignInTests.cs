using System.Net;
using System.Text.RegularExpressions;
using Capstan.Server.Administration;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed partial class SignInTests
{
    [Fact]
    public async Task Signing_in_starts_a_session_that_scripts_cannot_read_and_other_sites_cannot_use()
    {
        await using var server = await StartAsync();
        var browser = await SignInAsync(server, "ada", "difference engine", "/acme/app/runs?page=2");
        Assert.Equal("/acme/app/runs?page=2", browser.Answer.Headers.Location!.OriginalString);
        var cookie = browser.Answer.Headers.GetValues("Set-Cookie").Single(value => value.StartsWith(SessionCookie.Name, StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(server, "/v1/user", browser.Session!)).StatusCode);
    }

    [Theory]
    [InlineData("ada", "wrong password", "wrong")]
    [InlineData("nobody", "difference engine", "wrong")]
    public async Task A_wrong_name_or_password_leads_back_to_the_page(string username, string password, string error)
    {
        await using var server = await StartAsync();
        var browser = await SignInAsync(server, username, password);
        Assert.StartsWith($"/login?error={error}", browser.Answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Null(browser.Session);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("evil")]
    public async Task Signing_in_leads_only_to_pages_of_this_server(string returnTo)
    {
        await using var server = await StartAsync();
        Assert.Equal("/", (await SignInAsync(server, "ada", "difference engine", returnTo)).Answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_form_of_another_site_signs_nobody_in()
    {
        await using var server = await StartAsync();
        using var client = server.Anonymous();
        var answer = await client.PostAsync("/login", new FormUrlEncodedContent(new Dictionary<string, string> { ["username"] = "ada", ["password"] = "difference engine" }));
        Assert.StartsWith("/login?error=form", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(cookie => cookie.StartsWith(SessionCookie.Name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_request_that_changes_something_with_the_cookie_alone_is_refused()
    {
        await using var server = await StartAsync();
        var browser = await SignInAsync(server, "ada", "difference engine");
        using var client = server.Anonymous();
        client.DefaultRequestHeaders.Add("Cookie", $"{SessionCookie.Name}={browser.Session}");
        Assert.Equal("antiforgery_failed", await Problem.CodeAsync(await client.PostAsync("/logout", new FormUrlEncodedContent([])), HttpStatusCode.BadRequest));
        Assert.Equal("antiforgery_failed", await Problem.CodeAsync(await client.DeleteAsync("/v1/tokens/1"), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Many_guesses_at_once_are_no_way_around_the_limit()
    {
        await using var server = await StartAsync();
        var authenticator = server.Get<Authenticator>();
        var guesses = await Task.WhenAll(Enumerable.Range(0, 40).Select(guess => authenticator.ByPasswordAsync("ada", $"guess number {guess}", "10.0.0.1", default)));
        Assert.InRange(guesses.Count(guess => guess is Authentication.Refused), FailedSignIns.MaxPerNameAndAddress, FailedSignIns.MaxPerNameAndAddress + PasswordCheck.MaxAtOnce - 1);
        Assert.All(guesses, guess => Assert.False(guess is Authentication.As));
    }

    [Fact]
    public async Task A_one_time_password_must_be_replaced_while_signing_in()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.Get<FirstAdministrator>().EnsureAsync("ada", password: null, default);
        Assert.StartsWith("/login?error=change", (await SignInAsync(server, "ada", first.OneTimePassword!)).Answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.StartsWith("/login?error=weak", (await SignInAsync(server, "ada", first.OneTimePassword!, "/", "short")).Answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.NotNull((await SignInAsync(server, "ada", first.OneTimePassword!, "/", "my own password")).Session);
        Assert.NotNull((await SignInAsync(server, "ada", "my own password")).Session);
    }

    [Fact]
    public async Task A_session_ends_with_the_password_that_opened_it()
    {
        await using var server = await StartAsync();
        var browser = await SignInAsync(server, "ada", "difference engine");
        Assert.IsType<ResetPasswordResult.Reset>(await server.Get<Users>().ResetPasswordAsync(null, "ada", "another password", default));
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(server, "/v1/user", browser.Session!)).StatusCode);
    }

    [Fact]
    public async Task A_session_ends_after_its_life()
    {
        var clock = new Testing.FakeClock();
        await using var server = await TestServer.StartAsync(options => options with { TimeProvider = clock });
        var user = (await server.Get<FirstAdministrator>().EnsureAsync("ada", "difference engine", default)).Administrator.Id;
        var (token, _) = await server.Get<Sessions>().StartAsync(user, default);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(server, "/v1/user", token.Text)).StatusCode);
        clock.Advance(Sessions.Life);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(server, "/v1/user", token.Text)).StatusCode);
    }

    [Fact]
    public async Task A_stranger_who_asks_for_a_page_is_led_to_the_sign_in()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Anonymous();
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        var answer = await client.GetAsync("/acme/app.git/info/refs?service=git-upload-pack");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith("/login?return_to=%2Facme", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    internal static async Task<(HttpResponseMessage Answer, string? Session)> SignInAsync(
        TestServer server, string username, string password, string returnTo = "/", string newPassword = "")
    {
        // The tokens that the page would carry: one in its form, its partner in a cookie.
        var context = new DefaultHttpContext { RequestServices = server.Server.Services };
        var tokens = server.Get<IAntiforgery>().GetTokens(context);
        using var client = server.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/login")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["username"] = username, ["password"] = password, ["return_to"] = returnTo, ["new_password"] = newPassword, [tokens.FormFieldName] = tokens.RequestToken!,
            }),
        };
        request.Headers.Add("Cookie", $"capstan_antiforgery={tokens.CookieToken}");
        var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var session = answer.Headers.TryGetValues("Set-Cookie", out var cookies)
            ? cookies.Select(cookie => SessionInCookie().Match(cookie)).FirstOrDefault(match => match.Success)?.Groups[1].Value
            : null;
        return (answer, session);
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync();
        await server.Get<FirstAdministrator>().EnsureAsync("ada", "difference engine", default);
        return server;
    }

    private static async Task<HttpResponseMessage> GetAsync(TestServer server, string path, string session)
    {
        using var client = server.Anonymous();
        client.DefaultRequestHeaders.Add("Cookie", $"{SessionCookie.Name}={session}");
        return await client.GetAsync(path);
    }

    [GeneratedRegex("^capstan_session=([^;]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SessionInCookie();
}
