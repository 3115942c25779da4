using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Jobs;

/// <summary>The queue: giving jobs to runners, and what runners report of them.</summary>
internal static class JobsFeature
{
    public static void AddJobs(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<LabelSets>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<RunnerProfiles>();
        services.AddSingleton<ClaimRound>();
        services.AddSingleton<WaitingPolls>();
        services.AddSingleton<JobMessages>();
        services.AddSingleton<Leases>();
        services.AddSingleton<StepReports>();
        services.AddSingleton<StepSummaries>();
        services.AddSingleton<Completion>();
        services.AddSingleton<LostExecutions>();
        services.AddLoop<QueueLoop>();
        services.AddLoop<LeaseExpiry>();
    }

    public static void MapJobs(this WebApplication app)
    {
        JobEndpoints.Map(app);
        SummaryEndpoints.Map(app);
    }
}
