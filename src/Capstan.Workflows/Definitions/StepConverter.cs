using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// Steps from tokens, in a job and in a composite action: ids, conditions, the form of <c>uses</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsteps
/// </summary>
internal sealed class StepConverter(Findings findings, ExpressionRules condition)
{
    private static readonly (string Key, string Name)[] ControlNames = [("wait", "Wait"), ("wait-all", "Wait for all"), ("cancel", "Cancel")];

    private readonly Identifiers identifiers = new(findings);

    public IReadOnlyList<StepDefinition> Convert(TemplateToken? steps)
    {
        var mappings = new List<MappingToken>();
        foreach (var item in (steps as SequenceToken)?.Items ?? [])
        {
            if (item is MappingToken mapping)
                mappings.Add(mapping);
        }

        // Given ids first: a made-up one gives way.
        foreach (var mapping in mappings)
            TakeIds(mapping);
        new BackgroundCheck(findings).Run(mappings);
        return mappings.ConvertAll(ConvertStep);
    }

    private void TakeIds(MappingToken step)
    {
        if (step.Find("id") is StringToken id)
            identifiers.Take(id);
        if (step.Find("parallel") is SequenceToken members)
        {
            foreach (var member in members.Items.OfType<MappingToken>())
                TakeIds(member);
        }
    }

    private StepDefinition ConvertStep(MappingToken step)
    {
        var uses = step.Find("uses") as StringToken;
        if (uses is not null)
            UsesCheck.Check(uses, findings);
        return new StepDefinition
        {
            Id = step.Find("id").Text() ?? identifiers.MakeUp(NameFor(step, uses)),
            Place = step.Place,
            Name = step.Find("name") ?? NameOf(step),
            If = ConditionReader.Read(step.Find("if"), condition, findings),
            IfPlace = step.Find("if")?.Place ?? default,
            Run = step.Find("run"),
            Uses = uses?.Value,
            UsesPlace = uses?.Place ?? default,
            With = step.Find("with"),
            Env = step.Find("env"),
            Shell = step.Find("shell"),
            WorkingDirectory = step.Find("working-directory"),
            ContinueOnError = step.Find("continue-on-error"),
            TimeoutMinutes = step.Find("timeout-minutes"),
            Background = step.Find("background").IsTrue(),
            Parallel = step.Find("parallel") is SequenceToken members ? [.. members.Items.OfType<MappingToken>().Select(ConvertStep)] : null,
            Wait = step.Find("wait").Texts(),
            WaitAll = step.Find("wait-all") is NullToken or BooleanToken { Value: true },
            Cancel = step.Find("cancel").Text(),
        };
    }

    /// <summary>How GitHub shows a step without a name that only steers others; null for one that does work of its own.</summary>
    private static StringToken? NameOf(MappingToken step)
    {
        foreach (var (key, name) in ControlNames)
        {
            if (step.Find(key) is not null)
                return new StringToken(default, name);
        }

        return null;
    }

    /// <summary>What a made-up id is made from.</summary>
    private static string NameFor(MappingToken step, StringToken? uses)
    {
        if (uses is not null)
            return UsesCheck.ShortName(uses.Value);
        foreach (var key in (string[])["parallel", "wait-all", "wait", "cancel"])
        {
            if (step.Find(key) is not null)
                return key;
        }

        return "run";
    }
}
