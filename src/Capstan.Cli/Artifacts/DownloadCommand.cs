using System.CommandLine;
using System.IO.Compression;
using System.Security.Cryptography;
using Capstan.Cli.Client;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Artifacts;

/// <summary><c>capstan artifact download</c>: a run's artifacts as files; archives are unpacked, each into a folder of its name.</summary>
internal static class DownloadCommand
{
    public static Command Create(RepositoryOption repository, CommandContext context)
    {
        var run = new Argument<long>("RUN") { Description = "Its id" };
        var names = new Argument<string[]>("NAME") { Description = "Which ones (default: all that are not gone)", Arity = ArgumentArity.ZeroOrMore };
        var folder = new Option<string>("--dir", "-D") { Description = "Where to (default: here)", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var command = new Command("download", "Download a run's artifacts and unpack them, each into a folder of its name") { run, names, folder };
        command.SetAction((parsed, cancel) => RunAsync(
            new Options(repository.Path(parsed, context.Settings), parsed.GetRequiredValue(run), parsed.GetValue(names) ?? [], parsed.GetRequiredValue(folder)), context, cancel));
        return command;
    }

    /// <param name="Repository">Its path in the API.</param>
    /// <param name="Names">None: all.</param>
    public sealed record Options(string Repository, long Run, IReadOnlyList<string> Names, string Folder);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var all = await client.AllAsync($"{options.Repository}/runs/{options.Run}/artifacts", ContractsJson.Default.ArtifactPage, cancel);

        // The newest attempt's of each name: attempts have growing numbers, and so do artifacts.
        var there = all.Where(artifact => !artifact.Expired).GroupBy(artifact => artifact.Name).ToDictionary(group => group.Key, group => group.MaxBy(a => (a.RunAttempt, a.Id))!, StringComparer.Ordinal);
        if (options.Names.FirstOrDefault(name => !there.ContainsKey(name)) is { } missing)
        {
            throw new CommandException(ExitCodes.Bad, $"Run {options.Run} has no artifact '{missing}'. It has: {string.Join(", ", there.Keys)}.");
        }

        foreach (var artifact in there.Values.Where(artifact => options.Names.Count == 0 || options.Names.Contains(artifact.Name)).OrderBy(artifact => artifact.Id))
        {
            context.Terminal.Line(await SaveAsync(client, options, artifact, cancel));
        }

        return ExitCodes.Good;
    }

    /// <returns>Where it is now.</returns>
    private static async Task<string> SaveAsync(ApiClient client, Options options, ArtifactResponse artifact, CancellationToken cancel)
    {
        // The server allows no name that leads elsewhere; a server that does is not to be believed.
        if (artifact.Name is "" or "." or ".." || artifact.Name.AsSpan().ContainsAny('/', '\\', '\0'))
        {
            throw CommandException.Environment($"'{artifact.Name}' is no name of a file.");
        }

        Directory.CreateDirectory(options.Folder);
        var place = Path.Combine(options.Folder, artifact.Name);
        var partial = Path.Combine(options.Folder, $".{artifact.Id}.{Guid.NewGuid():N}.part");
        try
        {
            await FetchAsync(client, options.Repository, artifact, partial, cancel);
            if (artifact.ContentType == ArtifactProtocol.Zip)
            {
                await ZipFile.ExtractToDirectoryAsync(partial, Directory.CreateDirectory(place).FullName, overwriteFiles: true, cancel);
            }
            else
            {
                File.Move(partial, place, overwrite: true);
            }

            return place;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw CommandException.Environment($"Artifact '{artifact.Name}' cannot be written to {place}: {e.Message}");
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task FetchAsync(ApiClient client, string repository, ArtifactResponse artifact, string file, CancellationToken cancel)
    {
        await using var source = await client.StreamAsync($"{repository}/artifacts/{artifact.Id}/download", "*/*", cancel);
        await using (var target = File.Create(file))
        {
            await source.CopyToAsync(target, cancel);
        }

        await using var written = File.OpenRead(file);
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(written, cancel)) != artifact.Sha256)
        {
            throw CommandException.Environment($"Artifact '{artifact.Name}' arrived damaged: its SHA-256 is not {artifact.Sha256}. Download it again.");
        }
    }
}
