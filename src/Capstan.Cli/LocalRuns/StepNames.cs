using System.Globalization;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Cli.LocalRuns;

/// <summary>How a person names a step of a job: by its <c>id</c>, its <c>name</c>, or its number in the file, from 1, the members of <c>parallel</c> counted one by one.</summary>
internal static class StepNames
{
    /// <summary>The place in the job's list, from 0; null when no step is called so. A member of <c>parallel</c> stands for its group.</summary>
    public static int? Find(JobDefinition job, string called)
    {
        var each = job.EachStep.ToList();
        var found = each.Find(step => string.Equals(step.Id, called, StringComparison.OrdinalIgnoreCase) || NameOf(step) == called);
        if (found is null && int.TryParse(called, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= each.Count)
        {
            found = each[number - 1];
        }

        return found is null ? null : job.Steps.ToList().FindIndex(step => step == found || step.Parallel?.Contains(found) == true);
    }

    /// <summary>The name by which <see cref="Find"/> finds the step at that place, the one that says most.</summary>
    /// <param name="place">In the job's list, from 0.</param>
    public static string Of(JobDefinition job, int place)
    {
        var step = job.Steps[place] is { Parallel: [var first, ..] } ? first : job.Steps[place];
        string[] names = [IsGiven(step.Id) ? step.Id : "", NameOf(step) ?? ""];
        return names.FirstOrDefault(name => name.Length > 0 && Find(job, name) == place) ?? (job.EachStep.ToList().IndexOf(step) + 1).ToString(CultureInfo.InvariantCulture);
    }

    private static string? NameOf(StepDefinition step) => step.Name is StringToken name ? name.Value : null;

    /// <summary>Made-up ids begin with two underscores, which nobody may write.</summary>
    private static bool IsGiven(string id) => !id.StartsWith("__", StringComparison.Ordinal);
}
