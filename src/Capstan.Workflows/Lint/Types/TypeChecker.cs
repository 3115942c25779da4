using System.Text.Json;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Expressions.Functions;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// Finds the type of an expression, and what in it can only be a mistake. Recursion is bounded by <see cref="ExpressionRules.MaxDepth"/>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
/// </summary>
/// <param name="contextType">The type of a context by its name.</param>
/// <param name="report">Told about every mistake, with the node to underline; null: only the type is wanted.</param>
internal sealed class TypeChecker(string text, Func<string, ExpressionType> contextType, Action<LintCheck, ExpressionNode, string>? report)
{
    public ExpressionType Check(ExpressionNode node) => node switch
    {
        LiteralNode literal => JsonTypes.Of(literal.Value),
        ContextNode context => contextType(context.Name),
        IndexNode index => CheckIndex(index),
        CallNode call => CheckCall(call),
        NotNode not => CheckNot(not),
        ComparisonNode comparison => CheckComparison(comparison),
        LogicalNode logical => CheckLogical(logical),
        _ => ExpressionType.Any,
    };

    private void Report(LintCheck check, ExpressionNode node, string message) => report?.Invoke(check, node, message);

    /// <summary>A node as its author wrote it.</summary>
    private string Show(ExpressionNode node) => Hint.Show(text[node.Start..node.End]);

    private ExpressionType CheckNot(NotNode not)
    {
        Check(not.Operand);
        return ExpressionType.Boolean;
    }

    private ExpressionType CheckIndex(IndexNode index)
    {
        var target = Check(index.Target);
        switch (index.Key)
        {
            case WildcardNode:
                return CheckWildcard(index, target);
            case LiteralNode { Value: StringValue name }:
                return CheckProperty(index, target, name.Data);
            default:
                return CheckKey(index, target, Check(index.Key));
        }
    }

    private ExpressionType CheckWildcard(IndexNode index, ExpressionType target)
    {
        switch (target)
        {
            case ArrayType { IsFiltered: true } filtered:
                return new ArrayType(ItemOf(filtered.Item), isFiltered: true);
            case ArrayType or ObjectType:
                return new ArrayType(ItemOf(target), isFiltered: true);
            default:
                if (target != ExpressionType.Any)
                    Report(LintChecks.NotAnObject, index, $"'.*' needs an object or array, but '{Show(index.Target)}' is {Article(target)}");
                return new ArrayType(ExpressionType.Any, isFiltered: true);
        }
    }

    /// <summary>What <c>.*</c> finds in a value.</summary>
    private static ExpressionType ItemOf(ExpressionType type) => type switch
    {
        ArrayType array => array.Item,
        ObjectType node => node.ItemType,
        _ => ExpressionType.Any,
    };

    private ExpressionType CheckProperty(IndexNode index, ExpressionType target, string name)
    {
        switch (target)
        {
            case ObjectType node:
                if (node.Find(name) is { } found)
                    return found;
                ReportUnknown(index, node, name);
                return ExpressionType.Any;
            case ArrayType { IsFiltered: true, Item: ObjectType item }:
                if (item.Find(name) is { } inner)
                    return new ArrayType(inner, isFiltered: true);
                ReportUnknown(index, item, name);
                return new ArrayType(ExpressionType.Any, isFiltered: true);
            case ArrayType { IsFiltered: true }:
                return new ArrayType(ExpressionType.Any, isFiltered: true);
            default:
                if (target != ExpressionType.Any)
                    Report(LintChecks.NotAnObject, index, $"'{Show(index.Target)}' is {Article(target)}, it has no property '{Hint.Show(name)}'");
                return ExpressionType.Any;
        }
    }

    private void ReportUnknown(IndexNode index, ObjectType node, string name)
    {
        if (report is null)
            return;
        var target = Show(index.Target);
        var message = node is GrowingObjectType growing && growing.ComesLater(name)
            ? $"'{target}.{Hint.Show(name)}' is not there yet: it comes into being further below"
            : $"'{target}' has no property '{Hint.Show(name)}'{Hint.For(name, node.Names)}";
        Report(LintChecks.UnknownProperty, index, message);
    }

    private ExpressionType CheckKey(IndexNode index, ExpressionType target, ExpressionType key)
    {
        switch (target)
        {
            case ArrayType { IsFiltered: true }:
                return new ArrayType(ExpressionType.Any, isFiltered: true);
            case ArrayType array:
                if (key != ExpressionType.Number && key != ExpressionType.Any)
                    Report(LintChecks.BadIndex, index.Key, $"The index of an array is a number, but '{Show(index.Key)}' is {Article(key)}");
                return array.Item;
            case ObjectType node:
                if (key != ExpressionType.String && key != ExpressionType.Any)
                    Report(LintChecks.BadIndex, index.Key, $"A property of an object is named by a text, but '{Show(index.Key)}' is {Article(key)}");
                return ItemOf(node);
            default:
                if (target != ExpressionType.Any)
                    Report(LintChecks.NotAnObject, index, $"'{Show(index.Target)}' is {Article(target)}, it has no properties and no items");
                return ExpressionType.Any;
        }
    }

    private ExpressionType CheckComparison(ComparisonNode comparison)
    {
        var (left, right) = (Check(comparison.Left), Check(comparison.Right));
        var isEquality = comparison.Operator is ComparisonOperator.Equal or ComparisonOperator.NotEqual;
        if (isEquality ? !CanBeEqual(left, right) : !HasOrder(left) || !HasOrder(right))
        {
            Report(
                LintChecks.BadComparison,
                comparison,
                isEquality
                    ? $"{Capital(Article(left))} never equals {Article(right)}: '{Show(comparison)}' always has the same result"
                    : $"Only numbers and texts have an order: '{Show(comparison)}' compares {Article(left)} with {Article(right)}");
        }

        return ExpressionType.Boolean;
    }

    private static bool CanBeEqual(ExpressionType left, ExpressionType right) => (left, right) switch
    {
        _ when left == ExpressionType.Any || right == ExpressionType.Any || left == ExpressionType.Null || right == ExpressionType.Null => true,
        (ArrayType a, ArrayType b) => CanBeEqual(a.Item, b.Item),
        (ObjectType, ObjectType) => true,
        _ => left.IsScalar && right.IsScalar,
    };

    private static bool HasOrder(ExpressionType type) => type == ExpressionType.Any || type == ExpressionType.Number || type == ExpressionType.String;

    /// <remarks>Objects and arrays are always true, so <c>&amp;&amp;</c> passes them over and <c>||</c> ends with them.</remarks>
    private ExpressionType CheckLogical(LogicalNode logical)
    {
        var types = logical.Operands.Select(Check).ToList();
        var possible = new List<ExpressionType>();
        for (var index = 0; index < types.Count; index++)
        {
            var alwaysTrue = types[index] is ObjectType or ArrayType;
            if (logical.Operator == LogicalOperator.Or || !alwaysTrue || index == types.Count - 1)
                possible.Add(types[index]);
            if (logical.Operator == LogicalOperator.Or && alwaysTrue)
                break;
        }

        return ExpressionType.Merge(possible);
    }

    private ExpressionType CheckCall(CallNode call)
    {
        var arguments = call.Arguments.Select(Check).ToList();
        CheckArguments(call, arguments);
        return call.Function.Name switch
        {
            "fromJSON" => CheckJson(call),
            "case" => ExpressionType.Merge(arguments.Where((_, index) => index % 2 == 1 || index == arguments.Count - 1)),
            "format" => CheckFormat(call),
            "join" or "toJSON" or "hashFiles" => ExpressionType.String,
            _ => ExpressionType.Boolean,
        };
    }

    private void CheckArguments(CallNode call, List<ExpressionType> arguments)
    {
        for (var index = 0; index < arguments.Count; index++)
        {
            if (FunctionParameters.Refusal(call.Function.Name, index, arguments.Count, arguments[index]) is { } expected)
            {
                Report(
                    LintChecks.ArgumentType,
                    call.Arguments[index],
                    $"Argument {index + 1} of {call.Function.Name}() is {expected}, but '{Show(call.Arguments[index])}' is {Article(arguments[index])}");
            }
        }
    }

    private ExpressionType CheckJson(CallNode call)
    {
        if (call.Arguments[0] is not LiteralNode { Value: StringValue json } argument)
            return ExpressionType.Any;
        try
        {
            return JsonTypes.Of(ValueJson.Parse(json.Data));
        }
        catch (JsonException exception)
        {
            Report(
                LintChecks.BrokenJson,
                argument,
                $"The text given to fromJSON() is no JSON: {exception.Message}");
            return ExpressionType.Any;
        }
    }

    private ExpressionType CheckFormat(CallNode call)
    {
        if (call.Arguments[0] is LiteralNode { Value: StringValue format } && FormatMistake(format.Data, call.Arguments.Count - 1) is { } mistake)
            Report(LintChecks.FormatPlaceholders, call, mistake);
        return ExpressionType.String;
    }

    private static string? FormatMistake(string format, int count)
    {
        if (FormatText.Parse(format) is not { } parts)
            return $"The format text '{Hint.Show(format)}' is malformed: a brace that stands for itself is written twice, as '{{{{' or '}}}}'";

        var used = parts.Select(part => part.Argument).OfType<int>().ToHashSet();
        var missing = used.Where(index => index >= count).Order().Select(index => $"{{{index}}}").ToList();
        if (missing.Count > 0)
            return $"The format text uses {Hint.List(missing)}, but {(count == 1 ? "1 argument is" : $"{count} arguments are")} given";
        var unused = Enumerable.Range(0, count).Where(index => !used.Contains(index)).Select(index => $"{{{index}}}").ToList();
        return unused.Count > 0 ? $"The format text has no placeholder {Hint.List(unused)} for an argument that is given" : null;
    }

    private static string Article(ExpressionType type) =>
        type == ExpressionType.Null ? "null" : $"{(type is ArrayType or ObjectType ? "an" : "a")} {type.Name}";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
