using Capstan.Cli.LocalRuns.Resuming;
using Capstan.Testing;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns.Resuming;

public sealed class KeptJobsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeClock clock = new();
    private readonly KeptJobs kept;

    public KeptJobsTests() => kept = new KeptJobs(Path.Combine(folder.Path, "kept"), clock);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_newest_five_are_kept_and_the_folders_of_others_removed()
    {
        foreach (var number in Enumerable.Range(1, 7)) Assert.True(kept.Add(Job($"job-{number}")));

        Assert.Equal(["job-7", "job-6", "job-5", "job-4", "job-3"], kept.Of(folder.Path).Select(job => job.Key));
        Assert.Equal([false, false, true], ((string[])["job-1", "job-2", "job-3"]).Select(key => Directory.Exists(Path.Combine(folder.Path, "runs", key))));
    }

    [Fact]
    public void After_a_week_none_is_kept()
    {
        kept.Add(Job("old"));
        clock.Advance(KeptJobs.Longest);
        Assert.Empty(kept.Of(folder.Path));

        kept.Add(Job("new"));

        Assert.False(Directory.Exists(Path.Combine(folder.Path, "runs", "old")));
    }

    [Fact]
    public void A_later_failure_of_a_job_takes_the_place_of_the_earlier()
    {
        kept.Add(Job("job"));
        kept.Add(Job("job") with { Folder = Directory.CreateDirectory(Path.Combine(folder.Path, "runs", "again")).FullName });

        Assert.EndsWith("again", kept.Of(folder.Path).Single().Folder, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "runs", "job")));
    }

    [Fact]
    public void A_job_is_taken_once_and_only_the_user_can_read_what_is_kept()
    {
        var job = Job("job");
        kept.Add(job);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Directory.GetFiles(Path.Combine(folder.Path, "kept")).Single()));
        Assert.Equal((true, false), (kept.Take(job), kept.Take(job)));
        Assert.Empty(kept.Of(folder.Path));
    }

    private KeptJob Job(string key)
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        return new KeptJob
        {
            WorkingTree = folder.Path,
            Workflow = "ci.yml",
            Key = key,
            Index = 0,
            TopKey = key,
            Path = key,
            Name = key,
            Matrix = new Dictionary<string, string>(),
            Ref = "refs/heads/main",
            KeptAt = clock.GetUtcNow(),
            CopiedAt = null,
            Folder = Directory.CreateDirectory(Path.Combine(folder.Path, "runs", key)).FullName,
            Workspace = folder.Path,
            Temp = folder.Path,
            FailedStep = "1",
            Checkpoints = [],
        };
    }
}
