using Capstan.Workflows.Expressions;
using Capstan.Workflows.Schema;
using Xunit;

namespace Capstan.Workflows.Tests.Schema;

/// <summary>The table of places, by the keys of GitHub's page, and the rules of the schema are two views of one thing.</summary>
public sealed class AvailabilityTests
{
    private const string OfActions = "action.";

    public static TheoryData<string> Places => [.. ExpressionRules.Places];

    [Theory]
    [MemberData(nameof(Places))]
    public void The_schema_allows_at_a_key_what_the_table_of_places_says(string place)
    {
        var root = place.StartsWith(OfActions, StringComparison.Ordinal) ? ActionSchema.Root : WorkflowSchema.Root;

        var found = RulesAt(root, ExpressionRules.None, place.Replace(OfActions, "", StringComparison.Ordinal).Split('.')).ToList();

        Assert.NotEmpty(found);
        Assert.All(found, allowed => Assert.Equal(Show(ExpressionRules.At(place)!), Show(allowed)));
    }

    /// <summary>What every form of the key allows: a list's items are asked in its place where the key goes on below them.</summary>
    private static IEnumerable<ExpressionRules> RulesAt(Rule rule, ExpressionRules inherited, ReadOnlyMemory<string> keys)
    {
        var allowed = rule.Expressions ?? inherited;
        if (keys.IsEmpty)
            return [allowed];
        var key = keys.Span[0];
        var values = rule.Mappings.Select(form => key.StartsWith('<') ? form.Others : form.Properties.GetValueOrDefault(key)).OfType<Rule>();
        return values.SelectMany(value => RulesAt(value, allowed, keys[1..])).Concat(rule.Items is null ? [] : RulesAt(rule.Items, allowed, keys));
    }

    private static string Show(ExpressionRules rules) =>
        string.Join(' ', rules.Contexts.Order(StringComparer.Ordinal).Concat(rules.Functions.Select(function => function.ToString()).Order(StringComparer.Ordinal)));
}
