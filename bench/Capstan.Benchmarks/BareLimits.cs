using System.Diagnostics;
using Npgsql;

namespace Capstan.Benchmarks;

/// <summary>What the machine needs for the same effect with nothing of ours around it.</summary>
internal static class BareLimits
{
    /// <summary>Milliseconds of one durable commit of one small row, the median of many, through one connection.</summary>
    public static async Task<double> CommitAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const int Commits = 300;
        await ExecuteAsync(connection, "create table if not exists bench_commits (n int)", cancel);
        var samples = new Samples();
        await using var insert = new NpgsqlCommand("insert into bench_commits values (1)", connection);
        await insert.PrepareAsync(cancel);
        for (var i = 0; i < Commits; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await insert.ExecuteNonQueryAsync(cancel);
            samples.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        await ExecuteAsync(connection, "drop table bench_commits", cancel);
        return samples.Median;
    }

    /// <summary>Milliseconds from the call that starts a shell with the script to its end, the median of many.</summary>
    public static async Task<double> ShellAsync(string script, CancellationToken cancel)
    {
        const int Shells = 100;
        var folder = Path.GetTempPath();
        var samples = new Samples();
        for (var i = 0; i < Shells; i++)
        {
            samples.Add((await WholeProcess.TimeAsync("/bin/bash", ["-e", "-c", script], folder, cancel)).TotalMilliseconds);
        }

        return samples.Median;
    }

    /// <summary>Shells a second with the script, all processors busy.</summary>
    public static async Task<double> ShellsPerSecondAsync(string script, CancellationToken cancel)
    {
        const int Shells = 600;
        var began = Stopwatch.GetTimestamp();
        await WholeProcess.RunAsync(
            "/bin/sh", ["-c", $"seq {Shells} | xargs -P {Environment.ProcessorCount} -I{{}} /bin/bash -e -c '{script}'"], Path.GetTempPath(), environment: null, cancel);
        return Shells / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Claims a second of the plainest queue there is, one statement each, through one connection.</summary>
    public static async Task<double> ClaimsPerSecondAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const int Claims = 2000;
        await ExecuteAsync(
            connection,
            $"create table bench_queue (id int primary key, status text not null); insert into bench_queue select n, 'queued' from generate_series(1, {Claims}) n; create index on bench_queue (id) where status = 'queued'; analyze bench_queue",
            cancel);
        await using var claim = new NpgsqlCommand(
            "update bench_queue set status = 'in_progress' where id = (select id from bench_queue where status = 'queued' order by id for update skip locked limit 1) returning id", connection);
        await claim.PrepareAsync(cancel);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Claims; i++)
        {
            await claim.ExecuteScalarAsync(cancel);
        }

        var rate = Claims / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await ExecuteAsync(connection, "drop table bench_queue", cancel);
        return rate;
    }

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
