using System.Globalization;
using Capstan.Cli.Terminals;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.LocalRuns;

/// <summary>
/// The inputs of a run that <c>workflow_dispatch</c> starts here: what the payload and <c>--input</c> give, completed by what the workflow declares.
/// </summary>
internal static class LocalInputs
{
    /// <summary>What is wrong with the inputs of one workflow, a sentence each; empty when it can start.</summary>
    public static IReadOnlyList<string> Problems(WorkflowDefinition workflow, LocalEvent happened, RunOptions options) =>
        Dispatched(workflow, happened, options) is { IsValid: false } refused ? ProblemsOf(refused) : [];

    private static string[] ProblemsOf(DispatchInputsResult refused) => [.. refused.Errors.Select(error => $"{error.Message}.")];

    /// <exception cref="CommandException">An input of one of the workflows is unknown, missing or not of its type; all of them are named.</exception>
    public static void Require(IEnumerable<WorkflowDefinition> workflows, LocalEvent happened, RunOptions options)
    {
        var problems = new List<string>();
        foreach (var workflow in workflows)
        {
            foreach (var problem in Problems(workflow, happened, options))
                problems.Add($"{workflow.File}: {problem}");
        }

        if (problems.Count > 0)
            throw CommandException.Usage(string.Join('\n', problems));
    }

    /// <summary>
    /// When an input is missing, asks for it and for all others that were not given, as GitHub's form does: with what it is for, its choices and its default.
    /// </summary>
    public static void Ask(IEnumerable<WorkflowDefinition> workflows, LocalEvent happened, RunOptions options, Terminal terminal, Prompt prompt)
    {
        foreach (var workflow in workflows)
        {
            if (Dispatched(workflow, happened, options) is not { IsValid: false } refused || TriggerOf(workflow, happened) is not { } trigger)
            {
                continue;
            }

            var given = GivenByPerson(happened, options);
            var open = trigger.Inputs.Where(input => !given.ContainsKey(input.Name)).ToList();
            if (open.Exists(input => refused.Errors.Any(error => string.Equals(error.Input, input.Name, StringComparison.OrdinalIgnoreCase))))
            {
                terminal.Error($"{terminal.Paint(Tone.Strong, Printable.Of(workflow.Name))} asks for {(open.Count == 1 ? "an input" : $"{open.Count} inputs")}:");
                open.ForEach(input => Ask(input, options, terminal, prompt));
            }
        }
    }

    private static void Ask(InputDefinition input, RunOptions options, Terminal terminal, Prompt prompt)
    {
        if (input.Description is { Length: > 0 } description)
        {
            terminal.Error(terminal.Paint(Tone.Quiet, "  " + Printable.Of(description)));
        }

        for (var number = 1; number <= input.Options.Count; number++)
        {
            terminal.Error($"  {number} {Printable.Of(input.Options[number - 1])}");
        }

        // Asked without it, the input says what it falls back to.
        var fallback = DispatchInputs.Resolve([input], Choices([input])) is { IsValid: true } known ? ValueText.Of(known.Inputs.Find(input.Name)!) : null;
        var otherwise = fallback is null ? " (required)" : fallback.Length > 0 ? $" (Enter: {Printable.Of(fallback)})" : "";
        while (true)
        {
            var answer = prompt.LineIfAny($"  {input.Name}{otherwise}");
            if (answer is null)
            {
                // The whole is checked once more, with all that is still missing.
                return;
            }

            var value = int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var chosen) && chosen >= 1 && chosen <= input.Options.Count
                ? input.Options[chosen - 1]
                : answer;
            var checkedValue = DispatchInputs.Resolve([input], new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase) { [input.Name] = Value.Of(value) });
            if (checkedValue.IsValid)
            {
                options.Inputs[input.Name] = value;
                return;
            }

            terminal.Error("  " + checkedValue.Errors[0].Message);
        }
    }

    /// <summary>The context <c>inputs</c>, and the payload with the same values as text. Only for a workflow without <see cref="Problems"/>.</summary>
    public static (ObjectValue Inputs, LocalEvent Happened) Resolve(WorkflowDefinition workflow, LocalEvent happened, RunOptions options)
    {
        if (Dispatched(workflow, happened, options) is not { } result)
        {
            return (ObjectValue.Empty, happened);
        }

        return (result.Inputs, happened with { Payload = new ObjectValue([.. happened.Payload.Properties, new("inputs", result.EventInputs)]) });
    }

    /// <summary>Null when the event brings no inputs.</summary>
    private static DispatchInputsResult? Dispatched(WorkflowDefinition workflow, LocalEvent happened, RunOptions options) =>
        TriggerOf(workflow, happened) is { } trigger ? Resolved(trigger, happened, options) : null;

    private static DispatchInputsResult Resolved(TriggerDefinition trigger, LocalEvent happened, RunOptions options) =>
        DispatchInputs.Resolve(trigger.Inputs, Given(trigger, happened, options));

    private static TriggerDefinition? TriggerOf(WorkflowDefinition workflow, LocalEvent happened) =>
        happened.Name == "workflow_dispatch" ? TriggerDefinition.Find(workflow.Triggers, happened.Name) : null;

    private static Dictionary<string, Value> Given(TriggerDefinition trigger, LocalEvent happened, RunOptions options)
    {
        var given = Choices(trigger.Inputs);
        foreach (var (name, value) in GivenByPerson(happened, options))
        {
            given[name] = value;
        }

        return given;
    }

    /// <summary>As in GitHub's form, where a list of choices begins with its first.</summary>
    private static Dictionary<string, Value> Choices(IEnumerable<InputDefinition> inputs) => inputs
        .Where(i => i is { Type: "choice", Default: null, Options.Count: > 0 })
        .ToDictionary(choice => choice.Name, choice => (Value)Value.Of(choice.Options[0]), StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, Value> GivenByPerson(LocalEvent happened, RunOptions options)
    {
        var given = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase);
        if (happened.Payload.Find("inputs") is ObjectValue fromPayload)
        {
            foreach (var (name, value) in fromPayload.Properties)
            {
                given[name] = value;
            }
        }

        foreach (var (name, value) in options.Inputs)
        {
            given[name] = Value.Of(value);
        }

        return given;
    }
}
