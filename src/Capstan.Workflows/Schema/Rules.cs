using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Schema;

/// <summary>The small rules that the tables are made of.</summary>
internal static class Rules
{
    /// <summary>Anything at all.</summary>
    public static Rule Any { get; } = BuildAny();

    /// <summary>Any text, the empty one too.</summary>
    public static Rule Text { get; } = TextWith(null);

    public static Rule Filled { get; } = FilledWith(null);

    public static Rule Boolean { get; } = BooleanWith(null);

    public static Rule Null { get; } = new() { AllowsNull = true };

    public static Rule TextWith(ExpressionRules? expressions) => new() { Text = TextForm.Free, Expressions = expressions };

    public static Rule FilledWith(ExpressionRules? expressions) => new() { Text = TextForm.Filled, Expressions = expressions };

    public static Rule BooleanWith(ExpressionRules? expressions) => new() { AllowsBoolean = true, Expressions = expressions };

    public static Rule NumberWith(ExpressionRules? expressions) => new() { AllowsNumber = true, Expressions = expressions };

    /// <summary>Text, a number or a boolean, each kept as it is.</summary>
    public static Rule ScalarWith(ExpressionRules? expressions) =>
        new() { Text = TextForm.Free, AllowsBoolean = true, AllowsNumber = true, Expressions = expressions };

    public static Rule OneOf(params string[] values) => new() { Text = new TextForm { Values = values } };

    public static Rule Sequence(Rule items, ExpressionRules? expressions = null) => new Rule { Expressions = expressions }.Define(items);

    /// <summary>One, or a sequence of them.</summary>
    public static Rule OneOrMany(Rule one, ExpressionRules? expressions = null) =>
        new Rule { Text = one.Text, Expressions = expressions }.Define(one);

    /// <summary>Free keys, all values by one rule.</summary>
    public static Rule Map(Rule values, ExpressionRules? expressions = null) =>
        new Rule { Expressions = expressions }.Define(null, new MappingForm { Others = values, OtherKeysNotEmpty = true });

    /// <summary>A map that may also be left empty.</summary>
    public static Rule MapOrNull(Rule values) => new Rule { AllowsNull = true }.Define(null, new MappingForm { Others = values, OtherKeysNotEmpty = true });

    public static Rule Mapping(params SchemaKey[] keys) => new Rule().Define(null, new MappingForm(keys));

    /// <summary>A mapping that may also be left empty.</summary>
    public static Rule MappingOrNull(params SchemaKey[] keys) => new Rule { AllowsNull = true }.Define(null, new MappingForm(keys));

    /// <summary>A text that stands for the mapping, or the mapping.</summary>
    public static Rule TextOrMapping(TextForm text, ExpressionRules? expressions, params SchemaKey[] keys) =>
        new Rule { Text = text, Expressions = expressions }.Define(null, new MappingForm(keys));

    private static Rule BuildAny()
    {
        var any = new Rule { AllowsNull = true, AllowsBoolean = true, AllowsNumber = true, Text = TextForm.Free };
        return any.Define(any, new MappingForm { Others = any });
    }
}
