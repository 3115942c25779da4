using System.Globalization;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Commands;

/// <summary>
/// The command files of one program: fresh, so that what an earlier step's background process still writes reaches nobody. Their names are known before they exist:
/// expressions may ask for them (<c>github.output</c>).
/// </summary>
internal sealed class StepFiles
{
    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits</summary>
    public const int MaxSummaryBytes = Protocol.MaxSummaryBytes;

    /// <summary>A larger file fails the step rather than fill the runner's memory.</summary>
    public const int MaxFileBytes = 16 * 1024 * 1024;

    public StepFiles(string folder, int number)
    {
        Number = number;
        Output = NameOf(folder, "set_output", number);
        Env = NameOf(folder, "set_env", number);
        Path = NameOf(folder, "add_path", number);
        State = NameOf(folder, "save_state", number);
        Summary = NameOf(folder, "step_summary", number);
        Artifacts = NameOf(folder, "artifacts", number);
        ArtifactsList = NameOf(folder, "artifacts_list", number);
    }

    /// <summary>Distinguishes the program within the job.</summary>
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

    /// <summary>Makes the files, empty but for the list of artifacts.</summary>
    public StepFiles Create(ArtifactSubjects subjects)
    {
        foreach (var file in Written)
        {
            File.OpenHandle(file, FileMode.Create, FileAccess.Write).Dispose();
        }

        File.WriteAllBytes(ArtifactsList, subjects.ToJson());
        return this;
    }

    public void Delete()
    {
        foreach (var file in (string[])[.. Written, ArtifactsList])
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
