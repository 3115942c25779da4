using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Settings;

/// <summary>
/// The inputs that a called workflow sees: what the caller gives, else the default, else the type's empty value; of the declared types. Pure.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callinputs
/// </summary>
public static class CallInputs
{
    /// <param name="declared">The inputs of <c>workflow_call</c>.</param>
    /// <param name="with">What the calling job gives; null when it gives nothing.</param>
    /// <param name="caller">The contexts of the calling job.</param>
    /// <param name="called">The contexts that defaults may use: those of the called workflow.</param>
    public static TemplateResult<ObjectValue> Evaluate(
        IReadOnlyList<InputDefinition> declared, TemplateToken? with, EvaluationContext caller, EvaluationContext called, string file = "")
    {
        var read = new SettingsRead(caller, file);
        var defaults = new SettingsRead(called, file);
        var given = new Dictionary<string, Setting>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in (with is null ? null : read.Parts(with)) ?? [])
            given[part.Name] = part;
        var inputs = new List<KeyValuePair<string, Value>>(declared.Count);
        foreach (var input in declared)
        {
            inputs.Add(new(input.Name, ValueOf(input, given.GetValueOrDefault(input.Name), read, defaults)));
        }

        var values = new ObjectValue(inputs);
        return defaults.Result(values) is { IsValid: false } wrong ? wrong : read.Result(values);
    }

    private static Value ValueOf(InputDefinition input, Setting? given, SettingsRead read, SettingsRead defaults)
    {
        if (given is not null)
            return Typed(input, given.Place, read.Of(given), read);
        return input.Default is { } value ? Typed(input, value.Place, defaults.Evaluate(value), defaults) : input.EmptyValue;
    }

    /// <summary>Text takes any scalar; a boolean or number must be one.</summary>
    private static Value Typed(InputDefinition input, Place place, Value value, SettingsRead read)
    {
        switch (input.Type, value)
        {
            case ("boolean", BooleanValue) or ("number", NumberValue):
                return value;
            case ("boolean" or "number", _):
            case (_, ArrayValue or ObjectValue):
                read.Error(place, "call", $"Unexpected value '{Suggestion.Show(ValueText.Of(value))}': input {input.Name} is a {input.Type}");
                return input.EmptyValue;
            default:
                return Value.Of(ValueText.Of(value));
        }
    }
}
