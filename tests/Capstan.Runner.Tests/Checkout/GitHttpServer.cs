using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Capstan.Runner.Tests.Checkout;

/// <summary>Serves a folder of repositories by git's own HTTP back end, to those who send the token.</summary>
internal sealed class GitHttpServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private int outages;

    private GitHttpServer(WebApplication app) => this.app = app;

    /// <summary>That many requests from now on are answered as by a server in trouble.</summary>
    public void Fail(int requests) => Volatile.Write(ref outages, requests);

    public string Url => app.Urls.Single();

    public static async Task<GitHttpServer> StartAsync(string root, string token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("x-access-token:" + token));
        var server = new GitHttpServer(app);
        app.Run(context =>
        {
            if (Interlocked.Decrement(ref server.outages) >= 0) return RefuseAsync(context, StatusCodes.Status503ServiceUnavailable);
            return context.Request.Headers.Authorization == expected ? ServeAsync(context, root) : RefuseAsync(context, StatusCodes.Status401Unauthorized);
        });
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static Task RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.WWWAuthenticate = "Basic";
        return Task.CompletedTask;
    }

    private static async Task ServeAsync(HttpContext context, string root)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["http-backend"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["GIT_PROJECT_ROOT"] = root,
                ["GIT_HTTP_EXPORT_ALL"] = "1",
                ["PATH_INFO"] = context.Request.Path,
                ["QUERY_STRING"] = context.Request.QueryString.Value?.TrimStart('?') ?? "",
                ["REQUEST_METHOD"] = context.Request.Method,
                ["CONTENT_TYPE"] = context.Request.ContentType ?? "",
                ["HTTP_CONTENT_ENCODING"] = context.Request.Headers.ContentEncoding.ToString(),
                ["GIT_PROTOCOL"] = context.Request.Headers["Git-Protocol"].ToString(),
                ["REMOTE_USER"] = "job",
                ["GIT_CONFIG_COUNT"] = "1",
                ["GIT_CONFIG_KEY_0"] = "safe.directory",
                ["GIT_CONFIG_VALUE_0"] = "*",
            },
        })!;
        await context.Request.Body.CopyToAsync(git.StandardInput.BaseStream);
        git.StandardInput.Close();
        using var answer = new MemoryStream();
        await git.StandardOutput.BaseStream.CopyToAsync(answer);
        var bytes = answer.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var header in Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n"))
        {
            var parts = header.Split(": ", 2);
            if (parts[0] == "Status") context.Response.StatusCode = int.Parse(parts[1].AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture);
            else context.Response.Headers[parts[0]] = parts[1];
        }

        await context.Response.Body.WriteAsync(bytes.AsMemory(end + 4));
    }
}
