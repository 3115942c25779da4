using Capstan.Cli.Terminals;
using Capstan.Orchestration.Local;

namespace Capstan.Cli.LocalRuns;

/// <summary>The command line that means what the options mean, for a person to type again: with another choice of jobs, and without what was secret.</summary>
internal static class RunCommandLine
{
    /// <param name="workflow">Named, where the options name none.</param>
    public static string Of(RunOptions options, string? workflow)
    {
        var words = new List<string> { "capstan", "run" };
        words.AddRange(options.Workflows.Count > 0 ? options.Workflows : workflow is null ? [] : [workflow]);
        Add("--event", options.Event == RunOptions.DefaultEvent ? null : options.Event);
        Add("--payload", options.Payload);
        Add("--ref", options.Ref);
        AddAll("--changed", options.Changed);
        AddAll("--input", options.Inputs.Select(Pair));
        AddAll("--github", options.Github.Select(Pair));
        AddAll("--secret", options.Secrets.Keys.Select(name => name + "=..."));
        AddAll("--secret-file", options.SecretFiles);
        AddAll("--environment-secret", options.EnvironmentSecrets.SelectMany(of => of.Value.Keys.Select(name => $"{of.Key}:{name}=...")));
        AddAll("--var", options.Vars.Select(Pair));
        AddAll("--environment-var", options.EnvironmentVars.SelectMany(of => of.Value.Select(value => $"{of.Key}:{Pair(value)}")));
        AddAll("--env", options.Env.Select(Pair));
        AddAll("--platform", options.Platforms.Select(Pair));
        Add("--actions-dir", options.ActionsFolder);
        Add("--actions-upstream", options.ActionsUpstream);
        Add("--artifacts-dir", options.ArtifactsFolder);
        AddIf("--strict-platforms", options.StrictPlatforms);
        AddIf("--in-place", options.InPlace);
        AddIf("--empty-workspace", options.EmptyWorkspace);
        return string.Join(' ', words.Select(Quoted));

        void Add(string option, string? value) => words.AddRange(value is null ? [] : [option, value]);
        void AddAll(string option, IEnumerable<string> values) => words.AddRange(values.SelectMany(value => (string[])[option, value]));
        void AddIf(string option, bool given) => words.AddRange(given ? [option] : []);
    }

    /// <summary>What chooses one job, behind the command.</summary>
    /// <param name="path">As <see cref="LocalJob.Path"/>.</param>
    /// <param name="combination">As <see cref="JobSelection.Combination"/> answers.</param>
    public static string OfJob(string path, IEnumerable<KeyValuePair<string, string>> combination) =>
        $"--job {Quoted(path)}{string.Concat(combination.Select(value => $" --matrix {Quoted($"{value.Key}:{value.Value}")}"))}";

    /// <summary>A word as a shell reads it; a single quote in it ends the quoting, stands escaped, and begins it again.</summary>
    public static string Quoted(string word) => word.Length > 0 && word.All(IsPlain)
        ? word
        : $"'{Printable.Of(word).Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '=' or ',' or '@' or '+' or '%';

    private static string Pair(KeyValuePair<string, string> pair) => $"{pair.Key}={pair.Value}";
}
