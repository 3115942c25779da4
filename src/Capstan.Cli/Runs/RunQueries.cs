using Capstan.Cli.Client;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary>Which runs; each field narrows, null does not.</summary>
/// <param name="Commit">A commit's id or the beginning of it.</param>
internal sealed record RunFilter(string? Workflow = null, string? Branch = null, string? Event = null, string? Status = null, string? Conclusion = null, string? Commit = null);

/// <summary>Asks the server for runs.</summary>
internal static class RunQueries
{
    private const int PageSize = 100;

    /// <summary>How many of the newest runs are looked through for a commit: it is nearly always among the first.</summary>
    private const int MostSearched = 1000;

    public static async Task<IReadOnlyList<RunResponse>> ListAsync(ApiClient client, string repository, RunFilter filter, int limit, CancellationToken cancel)
    {
        var found = new List<RunResponse>();
        long? before = null;
        var searched = 0;
        do
        {
            var page = await client.GetAsync($"{repository}/runs?{Query(filter, Math.Min(PageSize, filter.Commit is null ? limit - found.Count : PageSize), before)}", ContractsJson.Default.RunListResponse, cancel);
            found.AddRange(page.Runs.Where(run => filter.Commit is null || run.HeadSha.StartsWith(filter.Commit, StringComparison.OrdinalIgnoreCase)));
            searched += page.Runs.Count;
            before = page.NextBefore;
        }
        while (before is not null && found.Count < limit && searched < MostSearched);
        return [.. found.Take(limit)];
    }

    public static Task<RunResponse> FindAsync(ApiClient client, string repository, long run, CancellationToken cancel) =>
        client.GetAsync($"{repository}/runs/{run}", ContractsJson.Default.RunResponse, cancel);

    public static Task<JobResponse> FindJobAsync(ApiClient client, string repository, long job, CancellationToken cancel) =>
        client.GetAsync($"{repository}/jobs/{job}", ContractsJson.Default.JobResponse, cancel);

    /// <summary>The run that was named, or else the newest one.</summary>
    public static async Task<long> NamedOrNewestAsync(ApiClient client, string repository, long? named, CancellationToken cancel)
    {
        if (named is { } run)
        {
            return run;
        }

        var newest = await ListAsync(client, repository, new RunFilter(), 1, cancel);
        return newest.Count > 0 ? newest[0].Id : throw new CommandException(ExitCodes.Bad, "The repository has no runs yet.");
    }

    private static string Query(RunFilter filter, int limit, long? before)
    {
        var parts = new List<string> { $"limit={limit}" };
        Add("before", before?.ToString());
        Add("workflow", filter.Workflow);
        Add("ref", filter.Branch is null || filter.Branch.StartsWith("refs/", StringComparison.Ordinal) ? filter.Branch : "refs/heads/" + filter.Branch);
        Add("event", filter.Event);
        Add("status", filter.Status);
        Add("conclusion", filter.Conclusion);
        return string.Join('&', parts);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }
}
