using Xunit;

namespace Capstan.Server.Tests.Git;

/// <summary>What goes wrong while git is about to move refs: a hook holds it there until the test has done its damage.</summary>
public sealed class PushFaultTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_push_is_recorded_although_the_database_was_restarted_meanwhile()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var gate = await GateAsync(repository);
        var push = work.TryAsync("push", "origin", "main");
        await gate.ReachedAsync();
        await git.Server.CutDatabaseConnectionsAsync();
        gate.Open();

        var result = await push;
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["accepted"], await repository.PushStatesAsync());
        Assert.Equal(["refs/heads/main"], await repository.EventRefsAsync());
    }

    [Fact]
    public async Task A_push_is_recorded_although_its_client_was_killed_before_the_answer()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var gate = await GateAsync(repository);
        using (var push = work.Start("push", "origin", "main"))
        {
            await gate.ReachedAsync();
            push.Kill(entireProcessTree: true);
            await push.WaitForExitAsync();
        }

        gate.Open();
        await Testing.Eventually.TrueAsync(async () => (await repository.EventRefsAsync()).Count == 1);
        Assert.Equal(["accepted"], await repository.PushStatesAsync());
        Assert.Equal(await work.HeadAsync(), await repository.RefAsync("refs/heads/main"));
    }

    [Fact]
    public async Task A_push_that_a_hook_refuses_is_told_why_and_starts_nothing()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await HookAsync(repository, "#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n");
        var result = await work.TryAsync("push", "origin", "main");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("remote: not on a Friday", result.Error, StringComparison.Ordinal);
        Assert.Contains("pre-receive hook declined", result.Error, StringComparison.Ordinal);
        Assert.Equal(["refused"], await repository.PushStatesAsync());
        Assert.Empty(await repository.EventRefsAsync());
    }

    private static async Task<Gate> GateAsync(HostedRepository repository)
    {
        var gate = new Gate(repository.FolderOnServer);
        await HookAsync(repository, "#!/bin/sh\n: > reached\nwhile [ ! -e open ]; do sleep 0.01; done\n");
        return gate;
    }

    private static async Task HookAsync(HostedRepository repository, string script)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(repository.FolderOnServer, "hooks")).FullName, "pre-receive");
        await File.WriteAllTextAsync(file, script);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private sealed class Gate(string folder)
    {
        public Task ReachedAsync() => Testing.Eventually.TrueAsync(() => File.Exists(Path.Combine(folder, "reached")));

        public void Open() => File.WriteAllBytes(Path.Combine(folder, "open"), []);
    }
}
