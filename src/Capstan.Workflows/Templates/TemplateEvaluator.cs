using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Templates;

/// <summary>
/// Evaluates tokens with the contexts of a moment. Thread-safe; never throws for what the file says: mistakes come back as diagnostics at the token's place.
/// The typed forms accept what GitHub accepts: text takes null, booleans and numbers too; a boolean or a number must be one.
/// Source: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/ObjectTemplating/TemplateEvaluator.cs
/// </summary>
public static class TemplateEvaluator
{
    /// <param name="file">For the diagnostics.</param>
    public static TemplateResult<Value> Evaluate(TemplateToken token, EvaluationContext context, string file = "")
    {
        var run = new Run(context, file);
        return Result(run, run.Evaluate(token));
    }

    public static TemplateResult<string> EvaluateString(TemplateToken token, EvaluationContext context, string file = "")
    {
        var run = new Run(context, file);
        return Result(run, run.Text(token));
    }

    public static TemplateResult<bool> EvaluateBoolean(TemplateToken token, EvaluationContext context, string file = "")
    {
        var run = new Run(context, file);
        var value = run.Evaluate(token);
        if (value is not BooleanValue && run.IsGood)
            run.Unexpected(token, value, "true or false");
        return Result(run, value is BooleanValue { Data: true });
    }

    public static TemplateResult<double> EvaluateNumber(TemplateToken token, EvaluationContext context, string file = "")
    {
        var run = new Run(context, file);
        var value = run.Evaluate(token);
        if (value is not NumberValue && run.IsGood)
            run.Unexpected(token, value, "a number");
        return Result(run, value is NumberValue number ? number.Data : 0);
    }

    /// <summary>Names and texts in the order written, names unique without regard to case: <c>env</c>, <c>with</c>, <c>outputs</c>.</summary>
    public static TemplateResult<IReadOnlyList<KeyValuePair<string, string>>> EvaluateMap(TemplateToken token, EvaluationContext context, string file = "")
    {
        var run = new Run(context, file);
        return Result<IReadOnlyList<KeyValuePair<string, string>>>(run, run.Map(token));
    }

    /// <summary>A condition (<c>if</c>) without <c>${{ }}</c>, as the definitions hold it.</summary>
    public static TemplateResult<bool> EvaluateCondition(string condition, Place place, EvaluationContext context, string file = "")
    {
        var run = new Run(context, file);
        return Result(run, run.Expression(place, condition).IsTruthy);
    }

    /// <summary>An expression of a token; null when it is none.</summary>
    internal static Expression? Parse(string expression) =>
        ExpressionParser.Parse(expression, ExpressionRules.Everything) is { IsValid: true } parsed ? parsed.Expression : null;

    private static TemplateResult<T> Result<T>(Run run, T value)
        where T : notnull => run.IsGood ? new TemplateResult<T>(value) : new TemplateResult<T>(run.Diagnostics);

    /// <summary>One evaluation and its findings.</summary>
    private sealed class Run(EvaluationContext context, string file)
    {
        private readonly Findings findings = new(file);

        public bool IsGood => findings.ErrorCount == 0;

        public IReadOnlyList<Diagnostic> Diagnostics => findings.Sorted();

        public Value Evaluate(TemplateToken token) => token switch
        {
            StringToken text => Value.Of(text.Value),
            BooleanToken boolean => Value.Of(boolean.Value),
            NumberToken number => Value.Of(number.Value),
            ExpressionToken expression => Expression(expression.Place, expression.Expression),
            SequenceToken sequence => new ArrayValue([.. sequence.Items.SelectMany(Items)]),
            MappingToken mapping => new ObjectValue(Entries(mapping).Select(entry => KeyValuePair.Create(entry.Name, entry.Value))),
            _ => Value.Null,
        };

        /// <summary>An expression that gives an array, as an item of a list, stands for the array's items: lists in a file do not nest by it.</summary>
        private IEnumerable<Value> Items(TemplateToken item)
        {
            var value = Evaluate(item);
            return item is ExpressionToken && value is ArrayValue array ? array.Items : [value];
        }

        public Value Expression(Place place, string text)
        {
            var parsed = ExpressionParser.Parse(text, ExpressionRules.Everything);
            if (!parsed.IsValid)
            {
                findings.Error(place, "expression", parsed.Error.Message);
                return Value.Null;
            }

            try
            {
                return parsed.Expression.Evaluate(context);
            }
            catch (ExpressionEvaluationException exception)
            {
                findings.Error(place, "expression", exception.Message);
                return Value.Null;
            }
        }

        public string Text(TemplateToken token) => TextOf(token, Evaluate(token));

        public IReadOnlyList<KeyValuePair<string, string>> Map(TemplateToken token)
        {
            switch (token)
            {
                case NullToken:
                    return [];
                case MappingToken mapping:
                    return [.. Entries(mapping).Select(entry => KeyValuePair.Create(entry.Name, TextOf(entry.Token, entry.Value)))];
            }

            var value = Evaluate(token);
            if (value is ObjectValue content)
                return [.. content.Properties.Select(property => KeyValuePair.Create(property.Key, TextOf(token, property.Value)))];
            if (value is not NullValue && IsGood)
                Unexpected(token, value, "a mapping");
            return [];
        }

        public void Unexpected(TemplateToken token, Value value, string expected) => findings.Error(
            token.Place,
            "unexpected-value",
            $"Unexpected value '{Suggestion.Show(ValueText.Of(value))}'{Source(token)}; expected is {expected}");

        private string TextOf(TemplateToken token, Value value)
        {
            if (value is ArrayValue or ObjectValue)
                Unexpected(token, value, "text");
            return ValueText.Of(value);
        }

        /// <summary>A mapping's entries, keys evaluated, inserted mappings in place.</summary>
        private IEnumerable<(string Name, Value Value, TemplateToken Token)> Entries(MappingToken mapping)
        {
            var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var entry in mapping.Entries)
            {
                var value = Evaluate(entry.Value);
                if (entry.Key is InsertToken)
                {
                    foreach (var property in Inserted(entry.Value, value))
                    {
                        if (IsNew(names, property.Key, entry.Key.Place))
                            yield return (property.Key, property.Value, entry.Value);
                    }
                }
                else if (Text(entry.Key) is var name && IsNew(names, name, entry.Key.Place))
                {
                    yield return (name, value, entry.Value);
                }
            }
        }

        private IReadOnlyList<KeyValuePair<string, Value>> Inserted(TemplateToken token, Value value)
        {
            if (value is ObjectValue content)
                return content.Properties;
            if (value is not NullValue && IsGood)
                Unexpected(token, value, "a mapping");
            return [];
        }

        private bool IsNew(HashSet<string> names, string name, Place place)
        {
            if (names.Add(name))
                return true;
            findings.Error(place, "duplicate-key", $"'{Suggestion.Show(name)}' is already defined");
            return false;
        }

        private static string Source(TemplateToken token) =>
            token is ExpressionToken expression ? $" from '${{{{ {Suggestion.Show(expression.Expression)} }}}}'" : "";
    }
}
