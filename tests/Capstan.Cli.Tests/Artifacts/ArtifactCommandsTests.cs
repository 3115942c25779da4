using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Capstan.Cli.Artifacts;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Capstan.Cli.Tests.Artifacts;

/// <summary>The commands against a server that has the artifacts of one run.</summary>
public sealed class ArtifactCommandsTests : IAsyncLifetime
{
    private const string Repository = "v1/repos/acme/web";
    private static readonly DateTimeOffset Time = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder folder = new();
    private readonly MemoryStream output = new();
    private readonly Dictionary<long, byte[]> contents = [];
    private readonly List<ArtifactResponse> artifacts = [];
    private WebApplication app = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        app = builder.Build();
        app.UseRouting();
        app.MapGet($"/{Repository}/runs/7/artifacts", context => context.Response.WriteAsJsonAsync(new Page<ArtifactResponse>(artifacts), ContractsJson.Default.ArtifactPage));
        app.MapGet($"/{Repository}/artifacts/{{id:long}}/download", context => context.Response.Body.WriteAsync(contents[long.Parse((string)context.Request.RouteValues["id"]!)]).AsTask());
        await app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_run_lists_what_is_there_and_what_is_gone()
    {
        Add("site", Zip(("index.html", "hello")));
        Add("old", [1, 2], expired: true);
        Assert.Equal(ExitCodes.Good, await ArtifactCommands.ListAsync(Repository, 7, Context(), default));
        Assert.Contains("1\tsite\tbinary\t", Output(), StringComparison.Ordinal);
        Assert.Contains("2\told\tbinary\t2\t2026-01-05 12:00:00Z\tgone", Output(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archives_are_unpacked_into_folders_and_other_files_saved_as_they_are()
    {
        Add("site", Zip(("index.html", "old")));
        Add("site", Zip(("index.html", "hello"), ("css/site.css", "body {}")), attempt: 2);
        Add("notes.txt", "notes"u8.ToArray(), "text/plain");
        Add("gone", [1], expired: true);
        Assert.Equal(ExitCodes.Good, await DownloadAsync());
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(folder["here"], "site", "index.html")));
        Assert.Equal("body {}", await File.ReadAllTextAsync(Path.Combine(folder["here"], "site", "css", "site.css")));
        Assert.Equal("notes", await File.ReadAllTextAsync(Path.Combine(folder["here"], "notes.txt")));
        Assert.Equal(["notes.txt", "site"], Directory.GetFileSystemEntries(folder["here"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_the_named_ones_are_downloaded_and_a_name_that_is_not_there_is_told()
    {
        Add("a", "a"u8.ToArray(), "text/plain");
        Add("b", "b"u8.ToArray(), "text/plain");
        Assert.Equal(ExitCodes.Good, await DownloadAsync("b"));
        Assert.False(File.Exists(Path.Combine(folder["here"], "a")));
        var refused = await Assert.ThrowsAsync<CommandException>(() => DownloadAsync("c"));
        Assert.Equal(ExitCodes.Bad, refused.ExitCode);
        Assert.Contains("a, b", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_arrives_damaged_or_leads_out_of_the_folder_is_not_kept()
    {
        Add("damaged", "x"u8.ToArray(), "text/plain");
        contents[1] = "y"u8.ToArray();
        Assert.Equal(ExitCodes.Environment, (await Assert.ThrowsAsync<CommandException>(() => DownloadAsync("damaged"))).ExitCode);
        Add("evil", Zip(("../../outside.txt", "x")));
        Assert.Equal(ExitCodes.Environment, (await Assert.ThrowsAsync<CommandException>(() => DownloadAsync("evil"))).ExitCode);
        Add("../name", [1], "text/plain");
        Assert.Equal(ExitCodes.Environment, (await Assert.ThrowsAsync<CommandException>(() => DownloadAsync("../name"))).ExitCode);
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    private void Add(string name, byte[] bytes, string contentType = "application/zip", int attempt = 1, bool expired = false)
    {
        var id = artifacts.Count + 1;
        contents[id] = bytes;
        artifacts.Add(new ArtifactResponse(
            id, 7, attempt, 5, name, "binary", contentType, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)), Time, Time.AddDays(90), expired, $"{Url}/{Repository}/artifacts/{id}/download"));
    }

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }

    private Task<int> DownloadAsync(params string[] names) => DownloadCommand.RunAsync(new DownloadCommand.Options(Repository, 7, names, folder["here"]), Context(), default);

    private string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private CommandContext Context() => new(
        new Terminal(output, new MemoryStream(), interactive: false, colour: false), TimeProvider.System, ServerSettings.Load(name => name == ServerSettings.UrlVariable ? Url : null));

    private string Output() => Encoding.UTF8.GetString(output.ToArray());
}
