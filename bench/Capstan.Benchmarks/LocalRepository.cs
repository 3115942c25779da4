namespace Capstan.Benchmarks;

/// <summary>A repository in a temporary folder whose workflow <c>capstan run</c> executes as a whole process.</summary>
internal sealed class LocalRepository : IDisposable
{
    private readonly PublishedPrograms programs;

    private LocalRepository(PublishedPrograms programs, string folder)
    {
        this.programs = programs;
        Folder = folder;
    }

    public string Folder { get; }

    /// <param name="jobs">What stands below <c>jobs:</c> in its workflow.</param>
    public static async Task<LocalRepository> CreateAsync(PublishedPrograms programs, string jobs, CancellationToken cancel)
    {
        var repository = new LocalRepository(programs, Directory.CreateTempSubdirectory("capstan-bench-").FullName);
        await SampleRepository.CreateAsync(repository.Folder, "on: push\njobs:\n" + jobs, cancel);
        return repository;
    }

    /// <summary>One job with these steps' scripts.</summary>
    public static Task<LocalRepository> OfStepsAsync(PublishedPrograms programs, IEnumerable<string> scripts, CancellationToken cancel) =>
        CreateAsync(programs, "  build:\n    runs-on: ubuntu-latest\n    steps:\n" + string.Concat(scripts.Select(script => $"      - run: {script}\n")), cancel);

    /// <summary>The run's time from its start to its exit.</summary>
    public Task<TimeSpan> RunAsync(CancellationToken cancel) => WholeProcess.TimeAsync(programs.Capstan, ["run", "--event", "push"], Folder, cancel);

    /// <summary>The same, with its output in a file, as a terminal multiplexer or a CI of another make would keep it.</summary>
    public Task<TimeSpan> RunIntoFileAsync(CancellationToken cancel) =>
        WholeProcess.TimeAsync("/bin/sh", ["-c", "exec \"$0\" run --event push > ../$(basename \"$PWD\").log", programs.Capstan], Folder, cancel);

    public Task<string> OutputAsync(CancellationToken cancel) => WholeProcess.RunAsync(programs.Capstan, ["run", "--event", "push"], Folder, environment: null, cancel);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        File.Delete(Folder + ".log");
    }
}
