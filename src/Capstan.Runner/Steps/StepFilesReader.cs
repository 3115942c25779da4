using System.Globalization;
using Capstan.Runner.Commands;

namespace Capstan.Runner.Steps;

/// <summary>Takes over what a step wrote to its command files. A file that cannot be understood fails the step; the other files still count.</summary>
internal static class StepFilesReader
{
    /// <returns>False when the step fails because of a file.</returns>
    public static bool Take(StepFrame frame, StepFiles files)
    {
        var variables = frame.Variables;
        var good = TakePairs(frame, files.Env, "GITHUB_ENV", (name, value) =>
        {
            if (variables.Refusal(name, "$GITHUB_ENV") is { } refusal) frame.Error(refusal);
            else variables.Set(name, value);
        });
        good &= TakePairs(frame, files.Output, "GITHUB_OUTPUT", frame.Record.SetOutput);
        good &= TakePairs(frame, files.State, "GITHUB_STATE", (name, value) =>
        {
            // A script has no later stage that could read it.
            if (frame.Use is { } use) use.State[name] = value;
        });
        if (TextOf(frame, files.Path, "GITHUB_PATH") is { } paths)
        {
            foreach (var path in FileCommandParser.ParsePaths(paths)) variables.AddPath(path);
        }
        else
        {
            good = false;
        }

        TakeSummary(frame, files.Summary);
        good &= TakeArtifacts(frame, files.Artifacts);
        return good && OutputsFit(frame);
    }

    private static bool TakePairs(StepFrame frame, string file, string variable, Action<string, string> take)
    {
        if (TextOf(frame, file, variable) is not { } text) return false;
        if (text.Length == 0) return true;
        switch (FileCommandParser.Parse(text))
        {
            case FileCommandResult.Parsed parsed:
                foreach (var (name, value) in parsed.Pairs) take(name, value);
                return true;
            case FileCommandResult.Invalid invalid:
                frame.Error($"Unable to process file command '{variable}' successfully.");
                frame.Error(invalid.Message);
                return false;
            default:
                return false;
        }
    }

    private static bool TakeArtifacts(StepFrame frame, string file)
    {
        if (TextOf(frame, file, "GITHUB_ARTIFACTS", ArtifactSubjects.MaxFileBytes) is not { } text) return false;
        if (text.Length == 0) return true;
        var refusal = frame.Job.Subjects.Take(text, frame.Job.Settings.Workspace, out var added);
        if (added > 0) frame.Log.Write(string.Create(CultureInfo.InvariantCulture, $"Captured {added} artifact subject(s) from this step (job total: {frame.Job.Subjects.Count})."));
        if (refusal is not null) frame.Error(refusal);
        return refusal is null;
    }

    private static string? TextOf(StepFrame frame, string file, string variable, int limit = StepFiles.MaxFileBytes)
    {
        var text = StepFiles.Read(file, limit, out var tooLarge);
        if (tooLarge == 0) return text;
        frame.Error(string.Create(CultureInfo.InvariantCulture, $"The file of {variable} has {tooLarge / 1024}k; the limit is {limit / 1024}k."));
        return null;
    }

    private static void TakeSummary(StepFrame frame, string file)
    {
        var text = StepFiles.Read(file, StepFiles.MaxSummaryBytes, out var tooLarge);
        if (tooLarge > 0)
        {
            frame.Error(string.Create(
                CultureInfo.InvariantCulture,
                $"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {StepFiles.MaxSummaryBytes / 1024}k, got {tooLarge / 1024}k."));
        }
        else if (text.Length > 0)
        {
            frame.Job.Observer.SummaryAdded(frame.Number, frame.Job.Masks.Mask(text));
        }
    }

    private static bool OutputsFit(StepFrame frame)
    {
        var length = 0L;
        foreach (var value in frame.Record.Outputs.Values) length += value.Length;
        if (length <= StepRecord.MaxOutputLength) return true;
        frame.Error(string.Create(CultureInfo.InvariantCulture, $"The outputs of a step may have {StepRecord.MaxOutputLength / 1024}k together; this step has {length / 1024}k."));
        return false;
    }
}
