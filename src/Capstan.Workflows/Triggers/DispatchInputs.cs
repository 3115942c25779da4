using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Triggers;

/// <summary>Why an input is refused.</summary>
/// <param name="Input">Its name; null when the call as a whole is refused.</param>
public sealed record DispatchInputError(string? Input, string Message);

/// <summary>The inputs of a run, or everything that is wrong with those given.</summary>
public sealed record DispatchInputsResult
{
    /// <summary>The <c>inputs</c> context: booleans and numbers are such, everything else is text. All declared inputs, in file order.</summary>
    public ObjectValue Inputs { get; init; } = ObjectValue.Empty;

    /// <summary>The same as <c>github.event.inputs</c> has them: all are text.</summary>
    public ObjectValue EventInputs { get; init; } = ObjectValue.Empty;

    public IReadOnlyList<DispatchInputError> Errors { get; init; } = [];

    public bool IsValid => Errors.Count == 0;
}

/// <summary>
/// The inputs with which somebody starts a workflow, checked against what it declares, with its defaults filled in. Pure; never throws.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
/// </summary>
public static class DispatchInputs
{
    /// <summary>
    /// Inputs that a workflow may declare.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatch
    /// </summary>
    public const int MaxInputs = 25;

    /// <summary>
    /// UTF-16 units of all names and values together.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatch
    /// </summary>
    public const int MaxTotalLength = 65_535;

    /// <param name="given">By name, without regard to case. Texts, as a command line gives them, are read as the input's type asks for.</param>
    public static DispatchInputsResult Resolve(IReadOnlyList<InputDefinition> declared, IReadOnlyDictionary<string, Value> given)
    {
        var errors = new List<DispatchInputError>();
        if (declared.Count > MaxInputs)
        {
            errors.Add(new DispatchInputError(null, $"The workflow declares {declared.Count} inputs; at most {MaxInputs} are allowed"));
        }

        if (given.Sum(input => (long)input.Key.Length + ValueText.Of(input.Value).Length) > MaxTotalLength)
        {
            errors.Add(new DispatchInputError(null, $"The inputs have more than {MaxTotalLength} characters together"));
        }

        var known = declared.Select(input => input.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var name in given.Keys.Where(name => !known.Contains(name)))
        {
            var names = declared.Count == 0 ? "it declares none" : $"it declares {string.Join(", ", declared.Select(input => input.Name))}";
            errors.Add(new DispatchInputError(name, $"The workflow has no input '{name}': {names}"));
        }

        var givenByName = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in given)
            givenByName.TryAdd(name, value);
        var values = new List<KeyValuePair<string, Value>>(declared.Count);
        foreach (var input in declared)
        {
            var (value, error) = Resolve(input, givenByName.GetValueOrDefault(input.Name));
            if (error is not null)
            {
                errors.Add(new DispatchInputError(input.Name, error));
            }
            else
            {
                values.Add(new(input.Name, value!));
            }
        }

        return errors.Count > 0 ? new DispatchInputsResult { Errors = errors } : new DispatchInputsResult
        {
            Inputs = new ObjectValue(values),
            EventInputs = new ObjectValue(values.Select(entry => KeyValuePair.Create(entry.Key, Value.Of(ValueText.Of(entry.Value))))),
        };
    }

    private static (Value? Value, string? Error) Resolve(InputDefinition input, Value? given)
    {
        if (given is null or NullValue || (input.Required && given is StringValue { Data: "" }))
        {
            var fallback = DefaultOf(input);
            if (fallback is not null)
            {
                // A default that is no option was the author's choice, and the workflow's reader warned of it: whoever starts the workflow cannot help it.
                return Coerce(input with { Options = [] }, fallback);
            }

            return input.Required ? (null, $"The input '{input.Name}' is required and was not given") : (input.EmptyValue, null);
        }

        return Coerce(input, given);
    }

    private static Value? DefaultOf(InputDefinition input) => input.Default switch
    {
        StringToken text => Value.Of(text.Value),
        BooleanToken boolean => Value.Of(boolean.Value),
        NumberToken number => Value.Of(number.Value),
        _ => null,
    };

    private static (Value? Value, string? Error) Coerce(InputDefinition input, Value given)
    {
        if (!given.IsPrimitive)
        {
            return (null, $"The input '{input.Name}' must be {Noun(input.Type)}, not {(given is ArrayValue ? "a list" : "a mapping")}");
        }

        var text = ValueText.Of(given);
        switch (input.Type)
        {
            case "boolean" when given is BooleanValue:
                return (given, null);
            case "boolean" when string.Equals(text, "true", StringComparison.OrdinalIgnoreCase)
                || string.Equals(text, "false", StringComparison.OrdinalIgnoreCase):
                return (Value.Of(string.Equals(text, "true", StringComparison.OrdinalIgnoreCase)), null);
            case "boolean":
                return (null, $"The input '{input.Name}' must be true or false, not '{text}'");
            case "number" when given is not BooleanValue && text.Length > 0 && double.IsFinite(ValueNumber.Parse(text)):
                return (Value.Of(ValueNumber.Parse(text)), null);
            case "number":
                return (null, $"The input '{input.Name}' must be a number, not '{text}'");
            case "choice" when text.Length > 0 && input.Options.Count > 0 && !input.Options.Contains(text, StringComparer.Ordinal):
                return (null, $"The input '{input.Name}' must be one of {string.Join(", ", input.Options)}, not '{text}'");
            default:
                return (Value.Of(text), null);
        }
    }

    private static string Noun(string type) => type switch
    {
        "boolean" => "true or false",
        "number" => "a number",
        _ => "a text",
    };
}
