using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Capstan.Runner.Files;

namespace Capstan.Cli.LocalRuns.Resuming;

/// <summary>
/// The failed jobs that a user's runs have kept, a file each. There is one of a job at most, the newest <see cref="Most"/> of a working tree, and none that is older
/// than <see cref="Longest"/> or whose working tree is gone. Several processes may use it at once: whoever takes a job has it alone.
/// </summary>
/// <param name="folder">Absolute; made when it is needed. Only the user can read it: what steps masked stands in the files.</param>
internal sealed class KeptJobs(string folder, TimeProvider clock)
{
    public const int Most = 5;

    public static readonly TimeSpan Longest = new(7, 0, 0, 0);

    /// <summary>Keeps a job in the place of an earlier one, and removes what is beyond the limits. A machine on which that cannot be done keeps nothing.</summary>
    /// <returns>Whether it is kept.</returns>
    public bool Add(KeptJob job)
    {
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var file = FileOf(job);
            if (Read(file) is { } earlier && earlier.Folder != job.Folder)
            {
                Remove(earlier);
            }

            Write(file, job);
            Prune();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Those of a working tree whose folders are still there, the newest first.</summary>
    public IReadOnlyList<KeptJob> Of(string workingTree) =>
        [.. All().Select(of => of.Job).Where(job => job.WorkingTree == workingTree && IsFresh(job)).OrderByDescending(job => job.KeptAt)];

    /// <summary>From now on the caller has the job alone, and keeps it again or removes its folder.</summary>
    /// <returns>False: somebody else was faster.</returns>
    public bool Take(KeptJob job)
    {
        var taken = FileOf(job) + ".taken-" + Guid.NewGuid().ToString("N");
        try
        {
            File.Move(FileOf(job), taken);
            File.Delete(taken);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Removes a job's folder, and the one above when it was the last of its run.</summary>
    public static void Remove(KeptJob job)
    {
        _ = FolderRemoval.Remove(job.Folder);
        try
        {
            Directory.Delete(Path.GetDirectoryName(job.Folder)!);
        }
        catch (IOException)
        {
            // Others are in it, or it is gone.
        }
    }

    private void Prune()
    {
        var trees = All().OrderByDescending(of => of.Job.KeptAt).GroupBy(of => of.Job.WorkingTree, StringComparer.Ordinal);
        foreach (var (file, job) in trees.SelectMany(tree => tree.Where(of => !IsFresh(of.Job)).Union(tree.Skip(Most))).ToList())
        {
            File.Delete(file);
            Remove(job);
        }
    }

    private bool IsFresh(KeptJob job) => clock.GetUtcNow() - job.KeptAt < Longest && Directory.Exists(job.Folder) && Directory.Exists(job.WorkingTree);

    private IEnumerable<(string File, KeptJob Job)> All() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.json").Select(file => (file, Read(file))).Where(of => of.Item2 is not null).Select(of => (of.file, of.Item2!))
        : [];

    /// <summary>Null when it is gone, or of another version of this program.</summary>
    private static KeptJob? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), KeptJobJson.Default.KeptJob);
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Write(string file, KeptJob job)
    {
        var temporary = file + ".new-" + Guid.NewGuid().ToString("N");
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(stream, job, KeptJobJson.Default.KeptJob);
        }

        File.Move(temporary, file, overwrite: true);
    }

    private string FileOf(KeptJob job)
    {
        var name = SHA256.HashData(Encoding.UTF8.GetBytes($"{job.WorkingTree}\n{job.Workflow}\n{job.Key}\n{job.Index}"));
        return Path.Combine(folder, Convert.ToHexStringLower(name.AsSpan(0, 16)) + ".json");
    }
}
