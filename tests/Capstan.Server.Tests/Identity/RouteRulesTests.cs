using System.Runtime.CompilerServices;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

/// <summary>
/// Every route and who may call it, as text in git: a change of the surface or of a rule is visible in the diff, on purpose. When it is intended, copy
/// <c>Routes.received.txt</c> (written beside the approved file) over <c>Routes.approved.txt</c>.
/// </summary>
public sealed class RouteRulesTests
{
    [Fact]
    public async Task Every_route_says_who_may_call_it_and_the_list_is_the_approved_one()
    {
        await using var server = await TestServer.StartAsync();
        var lines = new List<string>();
        foreach (var route in server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var rule = route.Metadata.GetMetadata<Access>();
            Assert.True(rule is not null, $"{route.DisplayName} has no rule: add .Require(Access.…).");
            var methods = route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"];
            lines.AddRange(methods.Select(method => $"{route.RoutePattern.RawText} {method}: {rule}"));
        }

        var received = string.Join('\n', lines.Distinct().Order(StringComparer.Ordinal)) + "\n";
        var approved = await File.ReadAllTextAsync(Beside("Routes.approved.txt"));
        if (received != approved)
            await File.WriteAllTextAsync(Beside("Routes.received.txt"), received);
        Assert.Equal(approved, received);
    }

    [Fact]
    public async Task No_route_with_a_rule_other_than_anyone_answers_a_stranger()
    {
        await using var server = await TestServer.StartAsync();
        using var stranger = server.Anonymous();
        foreach (var route in server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (ReferenceEquals(route.Metadata.GetMetadata<Access>(), Access.Anyone))
                continue;
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), Fill(route.RoutePattern.RawText!));
                var answer = await stranger.SendAsync(request);
                Assert.True((int)answer.StatusCode == 401, $"{method} {route.RoutePattern.RawText} answers a stranger with {(int)answer.StatusCode}.");
            }
        }
    }

    // Values that the constraints in the patterns accept.
    private static string Fill(string pattern) =>
        string.Join('/', pattern.TrimStart('/').Split('/').Select(segment => segment.Contains('{', StringComparison.Ordinal)
            ? segment.Contains(".git", StringComparison.Ordinal) ? "1.git" : "1"
            : segment)) is var path ? $"/{path}" : "/";

    private static string Beside(string file, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, file);
}
