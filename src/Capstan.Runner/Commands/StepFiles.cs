using System.Globalization;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Commands;

/// <summary>
/// The command files of one program and its script: fresh, so that what an earlier step's background process still writes reaches nobody. Their names are known before
/// they exist: expressions may ask for them (<c>github.output</c>). <see cref="StepFilePool"/> makes them.
/// </summary>
internal sealed class StepFiles
{
    private readonly string scriptWithoutExtension;
    private string? script;
    private bool exist;

    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits</summary>
    public const int MaxSummaryBytes = Protocol.MaxSummaryBytes;

    /// <summary>A larger file fails the step rather than fill the runner's memory.</summary>
    public const int MaxFileBytes = 16 * 1024 * 1024;

    /// <param name="temp">The job's temporary folder, for the script.</param>
    /// <param name="folder">For the command files.</param>
    /// <param name="number">Distinguishes the program within the job.</param>
    public StepFiles(string temp, string folder, int number)
    {
        Number = number;
        scriptWithoutExtension = NameOf(temp, "step", number);
        Output = NameOf(folder, "set_output", number);
        Env = NameOf(folder, "set_env", number);
        Path = NameOf(folder, "add_path", number);
        State = NameOf(folder, "save_state", number);
        Summary = NameOf(folder, "step_summary", number);
        Artifacts = NameOf(folder, "artifacts", number);
        ArtifactsList = NameOf(folder, "artifacts_list", number);
    }

    public int Number { get; }

    public string Output { get; }

    public string Env { get; }

    public string Path { get; }

    public string State { get; }

    public string Summary { get; }

    public string Artifacts { get; }

    /// <summary>To be read only: what steps write to it reaches nobody.</summary>
    public string ArtifactsList { get; }

    /// <summary>The file's text as UTF-8; empty when a step removed it.</summary>
    /// <param name="tooLarge">How many bytes it has, when more than <paramref name="limit"/>; the text is empty then.</param>
    public static string Read(string file, int limit, out long tooLarge)
    {
        tooLarge = 0;
        try
        {
            // Nothing written is by far the usual case: asking for the length is all it costs.
            var info = new FileInfo(file);
            if (!info.Exists || info.Length == 0) return "";
            if (JobFile.ReadText(file, limit) is { } text) return text;
            tooLarge = Math.Max(info.Length, limit + 1L);
            return "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private string[] Written => [Output, Env, Path, State, Summary, Artifacts];

    private string[] All => [.. Written, ArtifactsList];

    /// <summary>Makes the files, empty but for the list of artifacts.</summary>
    public StepFiles Create(ArtifactSubjects subjects)
    {
        if (!exist)
        {
            foreach (var file in Written)
            {
                JobFile.Write(file, []);
            }
        }

        exist = true;
        JobFile.Write(ArtifactsList, subjects.ToJson());
        return this;
    }

    /// <summary>Makes the program's script.</summary>
    /// <returns>Its path.</returns>
    public string CreateScript(string extension, ReadOnlySpan<byte> content)
    {
        var file = scriptWithoutExtension + extension;
        if (script is not null && script != file) File.Delete(script);
        JobFile.Write(script = file, content);
        return file;
    }

    /// <summary>Empties them for another program. To be called when nobody is left who could write to them.</summary>
    /// <returns>False when the program put something else in the place of one, gave one away, or made another name for it: that name keeps what was written.</returns>
    public bool TryEmpty()
    {
        try
        {
            if (!exist || (script is not null && !Posix.IsOwnFile(script))) return false;
            foreach (var file in All)
            {
                if (!Posix.IsOwnFile(file)) return false;
                if (file != ArtifactsList && new FileInfo(file).Length > 0) File.OpenHandle(file, FileMode.Truncate, FileAccess.Write).Dispose();
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Empties them for a program of another job, which must find nothing of this one's, nor anything that this one could do with them later.</summary>
    /// <returns>The paths of all of them; null when they are not as they were made.</returns>
    public IReadOnlyList<string>? Blank()
    {
        if (!TryEmpty()) return null;
        string[] files = script is null ? All : [.. All, script];
        if (!Array.TrueForAll(files, Posix.IsFileAsMade)) return null;
        return JobFile.TryBlank(ArtifactsList) && (script is null || JobFile.TryBlank(script)) ? files : null;
    }

    /// <summary>The files that <see cref="Blank"/> emptied, in the folders that they are in now.</summary>
    public StepFiles MovedTo(string temp, string folder) => new(temp, folder, Number)
    {
        exist = true,
        script = script is null ? null : System.IO.Path.Combine(temp, System.IO.Path.GetFileName(script)),
    };

    /// <summary>Gives the files, emptied, the names of others. A step's files have names of their own, as GitHub documents.</summary>
    /// <returns>False when one is gone that a step beside this one removed: the others then make theirs anew.</returns>
    public bool TryRenameTo(StepFiles others)
    {
        try
        {
            foreach (var (from, to) in All.Zip(others.All)) File.Move(from, to, overwrite: true);
            if (script is not null)
            {
                var renamed = others.scriptWithoutExtension + System.IO.Path.GetExtension(script);
                File.Move(script, renamed, overwrite: true);
                others.script = renamed;
            }

            others.exist = true;
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Delete()
    {
        foreach (var file in script is null ? All : [.. All, script])
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The step put something else in its place; the temporary folder goes as a whole later.
            }
        }
    }

    private static string NameOf(string folder, string name, int number) =>
        System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}_{number}"));
}
