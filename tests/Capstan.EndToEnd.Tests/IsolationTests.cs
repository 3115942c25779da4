using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>What a step on the bundled runner can reach. Started as root, Capstan keeps server, PostgreSQL and jobs apart by users.</summary>
public sealed class IsolationTests
{
    [Fact]
    public async Task A_step_reads_neither_master_key_nor_data_folder_nor_database()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can run the jobs as another user; SECURITY.md says what holds otherwise.");
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        var workflow = $$"""
            on: push
            jobs:
              thief:
                runs-on: ubuntu-latest
                steps:
                  - name: Is somebody else
                    run: test "$(id -u)" != 0 && test "$(id -un)" = capstan-runner
                  - name: Master key
                    run: "! cat '{{installation.Data}}/master.key'"
                  - name: Data folder
                    run: "! ls '{{installation.Data}}'"
                  - name: Repositories
                    run: "! ls '{{installation.Data}}/git'"
                  - name: Database files
                    run: "! ls '{{installation.Cluster}}'"
                  - name: Database socket
                    run: "! ls '{{installation.SocketFolder}}' && ! psql -h '{{installation.SocketFolder}}' -U capstan -d capstan -c 'select 1'"
                  - name: Server's environment
                    run: "! cat /proc/$(pgrep -o -f 'capstan up')/environ"
                  - name: No setting of the server's
                    run: "! env | grep -E 'CAPSTAN_(ADMIN_PASSWORD|MASTER_KEY|DATABASE)'"
            """;
        var tree = await installation.PushAsync((".github/workflows/thief.yml", workflow));

        var run = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));

        var job = (await installation.JobsAsync(run)).Single();
        Assert.True(run.GetProperty("conclusion").GetString() == "success", await installation.WholeLogAsync(job));
    }
}
