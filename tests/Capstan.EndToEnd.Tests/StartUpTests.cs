using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Capstan.EndToEnd.Tests.Harness;
using Npgsql;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>What the program says when it cannot start: what is wrong, and what to do. Exit code 3, and nothing is changed.</summary>
public sealed class StartUpTests
{
    private static readonly string Folder = Directory.CreateDirectory(Path.Combine(CapstanProgram.Root, "start-up")).FullName;

    [Fact]
    public async Task A_data_folder_that_is_not_ours_is_refused_and_left_alone()
    {
        var foreign = Directory.CreateDirectory(Path.Combine(Folder, "foreign")).FullName;
        await File.WriteAllTextAsync(Path.Combine(foreign, "thesis.txt"), "years of work");

        var result = await CapstanProgram.RunAsync(["server", "--data", foreign, "--url", "http://127.0.0.1:0"]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("not Capstan's (thesis.txt)", result.Errors, StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(foreign).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        var result = await CapstanProgram.RunAsync(["server", "--data", Path.Combine(Folder, "port"), "--run-folder", Path.Combine(Folder, "run"), "--url", url]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains($"{url} is in use", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--url", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        var (installation, program) = await Installation.UpAsync();
        await using var end = installation;
        await using (var connection = new NpgsqlConnection(installation.ConnectionString))
        {
            await connection.OpenAsync();
            await using var newer = new NpgsqlCommand(
                "insert into schema_migrations (version, name, checksum, applied_at) select 9999, 'of_the_future', checksum, applied_at from schema_migrations limit 1",
                connection);
            await newer.ExecuteNonQueryAsync();
        }

        await program.EndAsync();
        var again = installation.Run(["server", "--data", installation.Data, "--run-folder", Path.GetDirectoryName(installation.SocketFolder)!, "--url", installation.Url]);
        Assert.Equal(3, await again.CodeAndOutputAsync());
        Assert.Contains("newer", again.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_option_is_a_wrong_call() =>
        Assert.Equal(2, (await CapstanProgram.RunAsync(["server", "--no-such-option"])).ExitCode);

    [Fact]
    public async Task A_runner_that_is_asked_to_end_at_whatever_moment_of_its_start_ends()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "early-end")).FullName;
        var registration = new { server_url = "http://127.0.0.1:9", runner_id = 1, name = "early", credential = "capr_none" };
        await File.WriteAllTextAsync(Path.Combine(folder, "registration.json"), JsonSerializer.Serialize(registration));

        // The moments lie over the whole of a start: before the program looks for signals, while it reads its arguments, and when it already polls.
        for (var moment = TimeSpan.Zero; moment < TimeSpan.FromMilliseconds(300); moment += TimeSpan.FromMilliseconds(15))
        {
            await using var runner = RunningProgram.Start(["runner", "start", "--folder", folder]);
            await Task.Delay(moment, TimeProvider.System);
            await runner.EndAsync();
        }
    }

    [Fact]
    public async Task A_runner_without_a_registration_says_how_to_get_one()
    {
        var result = await CapstanProgram.RunAsync(["runner", "start", "--folder", Path.Combine(Folder, "nobody")]);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("capstan runner register", result.Errors, StringComparison.Ordinal);
    }
}
