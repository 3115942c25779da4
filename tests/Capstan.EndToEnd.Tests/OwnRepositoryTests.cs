using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>
/// This repository builds and tests itself, on a laptop and on a server. The whole of its workflow takes minutes, so these take a part of it: check out, build
/// the language, run its tests, but for those that keep a processor busy to measure it.
/// </summary>
public sealed class OwnRepositoryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private const string Workflow = """
        name: Language
        on: [push, workflow_dispatch]
        env:
          DOTNET_NOLOGO: "1"
          DOTNET_CLI_TELEMETRY_OPTOUT: "1"
        jobs:
          language:
            runs-on: ubuntu-latest
            timeout-minutes: 10
            steps:
              - uses: actions/checkout@v4
              - name: Build
                run: dotnet build tests/Capstan.Workflows.Tests -c Release -v q -nologo -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false
              - name: Test
                run: tests/Capstan.Workflows.Tests/bin/Release/net10.0/Capstan.Workflows.Tests -noLogo -noColor -class- "*WorstCase*"
        """;

    [Fact]
    public async Task It_is_green_on_a_laptop()
    {
        var tree = await CopyAsync("laptop", Workflow);

        var result = await CapstanProgram.RunAsync(["run", "--env", $"NUGET_PACKAGES={Packages}"], workingDirectory: tree.Folder);

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    [Fact]
    public async Task It_is_green_after_a_push()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        var tree = await CopyAsync("push", await WithPackagesAsync(Workflow));
        (await tree.PushAsync(installation.CloneUrl, "HEAD:refs/heads/main")).Good();

        var run = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()), Limit);

        Assert.True(run.GetProperty("conclusion").GetString() == "success", await installation.WholeLogAsync((await installation.JobsAsync(run)).Single()));
    }

    /// <summary>The libraries that this checkout was built with.</summary>
    private static string Packages =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>They lie where the runner's user may read them: to fetch them anew takes longer than all else, and depends on others.</summary>
    private static async Task<string> WithPackagesAsync(string workflow)
    {
        var readable = Path.Combine(CapstanProgram.Root, "packages");
        (await Command.RunAsync("sh", ["-c", "cp -rl \"$1\" \"$2\" 2> /dev/null || cp -r \"$1\" \"$2\"; find \"$2\" -type d -exec chmod a+rx {} +", "sh", Packages, readable])).Good();
        return workflow.Replace("env:\n", $"env:\n  NUGET_FALLBACK_PACKAGES: {readable}\n", StringComparison.Ordinal);
    }

    /// <summary>The files of this checkout's commit, in a repository of their own, with the short workflow in place of theirs.</summary>
    private static async Task<GitTree> CopyAsync(string name, string workflow)
    {
        var folder = Directory.CreateDirectory(Path.Combine(CapstanProgram.Root, $"own-{name}")).FullName;
        (await Command.RunAsync("sh", ["-c", "git -c safe.directory='*' -C \"$1\" archive HEAD | tar -x -C \"$2\"", "sh", Checkout.Root, folder])).Good();
        return await GitTree.CreateAsync(folder, [(".github/workflows/ci.yml", workflow)]);
    }
}
