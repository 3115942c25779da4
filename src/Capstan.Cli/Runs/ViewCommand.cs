using System.CommandLine;
using System.Text.Json;
using Capstan.Cli.Client;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary><c>capstan runs view</c>: one run with its jobs and steps.</summary>
internal static class ViewCommand
{
    public static Command Create(CommandContext context, RepositoryOption repository)
    {
        var run = new Argument<long?>("RUN") { Description = "Its id (default: the newest run)", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var status = new Option<bool>("--exit-status") { Description = "Exit with 1 when the run has not succeeded" };
        var command = new Command("view", "One run: its jobs, their steps, and what went wrong") { run, json, status };
        command.SetAction((parsed, cancel) =>
            RunAsync(new Options(repository.Path(parsed, context.Settings), parsed.GetValue(run), parsed.GetValue(json), parsed.GetValue(status)), context, cancel));
        return command;
    }

    public sealed record Options(string Repository, long? Run, bool Json, bool ExitStatus);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var id = await RunQueries.NamedOrNewestAsync(client, options.Repository, options.Run, cancel);
        var run = await WithStepsAsync(client, options.Repository, await RunQueries.FindAsync(client, options.Repository, id, cancel), cancel);
        if (options.Json)
        {
            context.Terminal.Line(JsonSerializer.Serialize(run, ContractsJson.Default.RunResponse));
        }
        else
        {
            RunReport.Write(run, RunUrl(client, options.Repository, run.Id), context.Terminal);
        }

        return options.ExitStatus && run.Conclusion is not (Conclusion.Success or Conclusion.Skipped) ? ExitCodes.Bad : ExitCodes.Good;
    }

    /// <summary>The run's page.</summary>
    public static string RunUrl(ApiClient client, string repository, long run) => $"{client.Url}/{repository["v1/repos/".Length..]}/runs/{run}";

    private static async Task<RunResponse> WithStepsAsync(ApiClient client, string repository, RunResponse run, CancellationToken cancel)
    {
        var jobs = new List<JobResponse>();
        foreach (var job in run.Jobs ?? [])
        {
            jobs.Add(job.Execution is null ? job : await RunQueries.FindJobAsync(client, repository, job.Id, cancel));
        }

        return run with { Jobs = jobs };
    }
}
