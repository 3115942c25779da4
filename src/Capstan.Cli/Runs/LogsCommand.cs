using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary><c>capstan runs logs</c>: what the jobs of a run have printed so far, byte for byte.</summary>
internal static class LogsCommand
{
    public static Command Create(CommandContext context, RepositoryOption repository)
    {
        var run = new Argument<long?>("RUN") { Description = "Its id (default: the newest run)", Arity = ArgumentArity.ZeroOrOne };
        var job = new Option<string?>("--job", "-j") { Description = "Only this job: its id, key or name", HelpName = "JOB" };
        var step = new Option<int?>("--step") { Description = "Only the step with this number", HelpName = "N" };
        var command = new Command("logs", "The whole log as text; several jobs follow each other") { run, job, step };
        command.SetAction((parsed, cancel) => RunAsync(new Options(repository.Path(parsed, context.Settings), parsed.GetValue(run), parsed.GetValue(job), parsed.GetValue(step)), context, cancel));
        return command;
    }

    public sealed record Options(string Repository, long? Run, string? Job, int? Step);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var run = await RunQueries.FindAsync(client, options.Repository, await RunQueries.NamedOrNewestAsync(client, options.Repository, options.Run, cancel), cancel);
        var jobs = (run.Jobs ?? []).Where(job => options.Job is null || IsNamed(job, options.Job)).ToArray();
        if (jobs.Length == 0)
        {
            throw new CommandException(ExitCodes.Bad, options.Job is null
                ? $"Run {run.Id} has no jobs, so it has no log. See 'capstan runs view {run.Id}'."
                : $"Run {run.Id} has no job '{options.Job}'. It has: {string.Join(", ", (run.Jobs ?? []).Select(job => job.Name))}.");
        }

        foreach (var job in jobs.Where(job => job.Execution is not null))
        {
            if (jobs.Length > 1)
            {
                context.Terminal.Line($"== {job.Name}");
            }

            await using var log = await client.StreamAsync($"{options.Repository}/jobs/{job.Id}/logs/text{(options.Step is { } step ? $"?stream={step}" : "")}", "text/plain", cancel);
            await log.CopyToAsync(context.Terminal.Output, cancel);
        }

        return ExitCodes.Good;
    }

    private static bool IsNamed(JobResponse job, string name) => job.Name == name || job.Key == name || job.Id.ToString() == name;
}
