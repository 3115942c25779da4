using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.LocalRuns;

/// <summary>Refuses options that could have no effect: whoever types one means something by it, and is told what there is instead.</summary>
internal static class RunOptionChecks
{
    private const string Dispatch = "workflow_dispatch";

    /// <summary>What the options alone tell.</summary>
    /// <exception cref="CommandException">One of them names something that is not there.</exception>
    public static void Check(RunOptions options)
    {
        if (EventCatalog.Find(options.Event) is null)
            throw CommandException.Usage($"There is no event '{options.Event}'. Events are {string.Join(", ", EventCatalog.All.Select(known => known.Name))}.");
        if (options.Inputs.Count > 0 && options.Event != Dispatch)
            throw CommandException.Usage(
                $"--input is for the event {Dispatch}, and the event here is {options.Event}: add '--event {Dispatch}', or leave --input out.");
        if (options.ActionsFolder is { } folder && !Directory.Exists(Path.GetFullPath(folder, Path.GetFullPath(options.Folder))))
            throw CommandException.Usage($"There is no folder '{folder}', which --actions-dir names.");
        foreach (var name in options.Github.Keys)
        {
            if (!GitHubContext.Properties.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw Unknown($"--github has no value '{name}'", name, GitHubContext.Properties);
        }
    }

    /// <summary>Whether <c>--matrix</c> names a key and values that some job has. Nothing is said while a matrix is not known before the run.</summary>
    /// <param name="fired">The workflows that run, with the jobs chosen.</param>
    /// <exception cref="CommandException">None has them.</exception>
    public static void CheckMatrix(RunOptions options, IReadOnlyList<WorkflowDefinition> fired)
    {
        if (options.Matrix.Count > 0 && fired.Count > 0)
            CheckGivenMatrix(options, fired);
    }

    private static void CheckGivenMatrix(RunOptions options, IReadOnlyList<WorkflowDefinition> fired)
    {
        var jobs = fired.SelectMany(JobsOf).ToList();
        if (jobs.Exists(job => job.Strategy is { } strategy && TemplateReferences.Of(strategy.Token).Count > 0))
            return;

        var combinations = jobs.SelectMany(job => Combinations(job.Strategy)).ToList();
        foreach (var (key, value) in options.Matrix)
        {
            var values = combinations.Select(combination => combination.Find(key)).OfType<Value>()
                .Select(ValueText.Of).Distinct(StringComparer.Ordinal).ToList();
            if (values.Count == 0)
            {
                var keys = combinations.SelectMany(combination => combination.Properties)
                    .Select(property => property.Key).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
                throw keys.Count == 0 ? CommandException.Usage($"--matrix {key}:{value}: no job that runs has a matrix.")
                    : Unknown($"--matrix {key}:{value}: no job that runs has the matrix key '{key}'", key, keys);
            }

            if (!values.Contains(value, StringComparer.Ordinal))
                throw Unknown($"--matrix {key}:{value}: no job that runs has this value of '{key}'", value, values);
        }
    }

    /// <summary>With those that they call.</summary>
    private static IEnumerable<JobDefinition> JobsOf(WorkflowDefinition workflow) =>
        workflow.Jobs.SelectMany(job => job.Called is { } called ? [job, .. JobsOf(called)] : (JobDefinition[])[job]);

    private static CommandException Unknown(string what, string name, IReadOnlyCollection<string> known) => CommandException.Usage(
        Suggestion.Closest(name, known) is { } close ? $"{what}; did you mean '{close}'?" : $"{what}. There is {string.Join(", ", known)}.");

    private static IEnumerable<ObjectValue> Combinations(StrategyDefinition? strategy)
    {
        var nothing = new EvaluationContext { Contexts = new Dictionary<string, Value>() };
        if (strategy?.Matrix is not { } matrix || TemplateEvaluator.Evaluate(matrix, nothing).Value is not { } value)
            return [];
        return MatrixExpansion.Expand(value).Combinations.Select(combination => combination.Values);
    }
}
