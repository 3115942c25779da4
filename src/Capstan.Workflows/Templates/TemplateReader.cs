using Capstan.Workflows.Expressions;
using Capstan.Workflows.Schema;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Templates;

/// <summary>
/// Turns YAML nodes into template tokens by the schema's table, and reports everything in the file that the table does not allow. What is refused is left out of
/// the tokens, so that later checks do not complain about it a second time.
/// Source: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/ObjectTemplating/TemplateReader.cs
/// </summary>
internal sealed class TemplateReader(Findings findings, ResultSize size)
{
    private readonly Findings findings = findings;
    private readonly ResultSize size = size;

    /// <summary>Null only when nothing usable stands there; an error was reported then.</summary>
    /// <exception cref="ResultTooLarge">Aliases written out, the file stands for more than may be kept.</exception>
    public TemplateToken? Read(YamlNode node, Rule rule) => Read(node, rule, ExpressionRules.None);

    private TemplateToken? Read(YamlNode node, Rule rule, ExpressionRules inherited)
    {
        var allowed = rule.Expressions ?? inherited;
        switch (node)
        {
            case YamlScalar scalar:
                var token = ReadScalar(scalar, rule, allowed);
                // What was refused counts too: aliases can repeat a long mistake as often as a long text.
                size.Add(token ?? new StringToken(scalar.Place, scalar.Text));
                return token;
            case YamlSequence sequence:
                return ReadSequence(sequence, rule, allowed);
            case YamlMapping mapping:
                return ReadMapping(mapping, rule, allowed);
            default:
                return null;
        }
    }

    private SequenceToken? ReadSequence(YamlSequence sequence, Rule rule, ExpressionRules allowed)
    {
        if (rule.Items is null)
        {
            findings.Error(sequence.Place, "unexpected-sequence", $"A sequence was not expected{Expected(rule)}");
            return null;
        }

        size.AddCollection();
        var errors = findings.ErrorCount;
        var items = new List<TemplateToken>(sequence.Items.Count);
        foreach (var item in sequence.Items)
        {
            if (Read(item, rule.Items, allowed) is { } token)
                items.Add(token);
        }

        return new SequenceToken(sequence.Place, items) { IsWhole = !sequence.IsCut && findings.ErrorCount == errors };
    }

    private TemplateToken? ReadScalar(YamlScalar scalar, Rule rule, ExpressionRules allowed)
    {
        var literal = Literal(scalar);
        if (literal is not StringToken text)
            return Validate(literal, rule);

        var token = EmbeddedExpressions.Read(scalar.Place, text.Value, allowed, findings);
        switch (token)
        {
            case null:
                // As GitHub does: a broken expression is still looked at as a text, and so refused a second time where no text may stand.
                Validate(text, rule);
                return null;
            case ExpressionToken when allowed.Contexts.Count == 0 && allowed.Functions.Count == 0:
                findings.Error(scalar.Place, "expression-not-allowed", "A template expression is not allowed in this context");
                return null;
            case ExpressionToken:
                return token;
            case InsertToken:
                findings.Error(scalar.Place, "unexpected-value", $"Unexpected value '{Suggestion.Show(text.Value)}': 'insert' is a key");
                return null;
            default:
                return Validate(token, rule);
        }
    }

    /// <summary>A literal in one of the rule's forms, as text if only that fits; null after an error.</summary>
    private TemplateToken? Validate(TemplateToken literal, Rule rule)
    {
        var fits = literal switch
        {
            NullToken => rule.AllowsNull,
            BooleanToken => rule.AllowsBoolean,
            NumberToken => rule.AllowsNumber,
            _ => false,
        };
        if (fits)
            return literal;

        var text = TextOf(literal);
        if (rule.Text is not null && rule.Text.Allows(text))
            return literal as StringToken ?? new StringToken(literal.Place, text);

        if (findings.IsFull(Severity.Error))
            return null;
        var hint = rule.Text?.Values is { } values ? Suggestion.For(text, values) : Expected(rule);
        findings.Error(literal.Place, "unexpected-value", $"Unexpected value '{Suggestion.Show(text)}'{hint}");
        return null;
    }

    private MappingToken? ReadMapping(YamlMapping mapping, Rule rule, ExpressionRules allowed)
    {
        if (rule.Mappings.Count == 0)
        {
            findings.Error(mapping.Place, "unexpected-mapping", $"A mapping was not expected{Expected(rule)}");
            return null;
        }

        size.AddCollection();
        return new MappingRead(this, mapping, rule, allowed).Run();
    }

    internal static TemplateToken Literal(YamlScalar scalar)
    {
        var (place, text) = (scalar.Place, scalar.Text);
        switch (scalar.Tag)
        {
            case ScalarTag.Null:
                return new NullToken(place);
            case ScalarTag.Boolean:
                CoreScalar.TryBoolean(text, out var tagged);
                return new BooleanToken(place, tagged);
            case ScalarTag.Integer or ScalarTag.Float:
                CoreScalar.TryNumber(text, out var number);
                return new NumberToken(place, number);
            case ScalarTag.Implicit when CoreScalar.IsNull(text):
                return new NullToken(place);
            case ScalarTag.Implicit when CoreScalar.TryBoolean(text, out var boolean):
                return new BooleanToken(place, boolean);
            case ScalarTag.Implicit when CoreScalar.TryNumber(text, out var value):
                return new NumberToken(place, value);
            default:
                return new StringToken(place, text);
        }
    }

    /// <summary>How a literal reads as a text.</summary>
    internal static string TextOf(TemplateToken literal) => literal switch
    {
        StringToken text => text.Value,
        BooleanToken boolean => boolean.Value ? "true" : "false",
        NumberToken number => ValueText.Of(number.Value),
        _ => "",
    };

    /// <summary><c>; expected is a mapping</c>; nothing where only null may stand.</summary>
    private static string Expected(Rule rule) => rule.Expected is { Length: > 0 } forms ? $"; expected is {forms}" : "";

    /// <summary>The reading of one mapping: which of the rule's forms are still possible, and which keys were seen.</summary>
    private sealed class MappingRead(TemplateReader reader, YamlMapping mapping, Rule rule, ExpressionRules allowed)
    {
        private readonly List<MappingForm> forms = [.. rule.Mappings];
        private readonly HashSet<string> keys = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<KeyValuePair<TemplateToken, TemplateToken>> entries = new(mapping.Entries.Count);
        private readonly List<string> leftOut = [];
        private bool hasExpressionKey;

        private Findings Findings => reader.findings;

        public MappingToken Run()
        {
            var errors = Findings.ErrorCount;
            foreach (var entry in mapping.Entries)
            {
                if (entry.Key is YamlScalar { IsMergeKey: false } key)
                    ReadEntry(key, entry.Value);
                else
                    ReportKey(entry.Key);
            }

            if (mapping.IsCut)
                leftOut.Add("");
            else
                ReportAbsent();
            return new MappingToken(mapping.Place, entries) { IsWhole = !mapping.IsCut && Findings.ErrorCount == errors, LeftOut = leftOut };
        }

        private void ReportKey(YamlNode key)
        {
            leftOut.Add("");
            if (key is YamlScalar)
                Findings.Error(
                    key.Place,
                    "merge-key",
                    "Unexpected value '<<': merge keys are not part of the language; repeat the keys, or alias whole values");
            else
                Findings.Error(key.Place, "unexpected-key", "A key must be a text, not a sequence or mapping");
        }

        private void ReadEntry(YamlScalar scalar, YamlNode value)
        {
            var literal = Literal(scalar);
            var key = literal is StringToken text ? EmbeddedExpressions.Read(scalar.Place, text.Value, allowed, Findings) ?? text : literal;
            if (key is ExpressionToken or InsertToken)
            {
                ReadExpressionEntry(key, value);
                return;
            }

            var name = new StringToken(key.Place, TextOf(key));
            if (!keys.Add(name.Value))
            {
                Findings.Error(name.Place, "duplicate-key", $"'{Suggestion.Show(name.Value)}' is already defined");
                return;
            }

            var known = Match(name.Value);
            var valueRule = known ?? forms[0].Others;
            if (valueRule is null)
            {
                ReportUnknown(name);
                return;
            }

            if (known is null && name.Value.Length == 0 && forms[0].OtherKeysNotEmpty)
                Findings.Error(name.Place, "unexpected-value", "Unexpected value '': a name is expected");
            reader.size.Add(name);
            if (reader.Read(value, valueRule, allowed) is { } token)
                entries.Add(new(name, token));
            else
                leftOut.Add(name.Value);
        }

        private void ReadExpressionEntry(TemplateToken key, YamlNode value)
        {
            hasExpressionKey = true;
            if (allowed.Contexts.Count == 0)
            {
                leftOut.Add("");
                Findings.Error(key.Place, "expression-not-allowed", "A template expression is not allowed in this context");
                return;
            }

            reader.size.Add(key);
            if (reader.Read(value, RuleBehindExpression(), allowed) is { } token)
                entries.Add(new(key, token));
            else
                leftOut.Add("");
        }

        /// <summary>Where all keys are free, the value behind an expression is one like all others; where some are known, it may be any of theirs.</summary>
        private Rule RuleBehindExpression() => forms is [{ Properties.Count: 0, Others: { } others }] ? others : Rules.Any;

        /// <summary>The rule of a known key; forms without it are then no longer meant.</summary>
        private Rule? Match(string key)
        {
            Rule? found = null;
            foreach (var form in forms)
            {
                if (form.Properties.TryGetValue(key, out var known))
                    found ??= known;
            }

            if (found is not null && forms.Count > 1)
                forms.RemoveAll(form => !form.Properties.ContainsKey(key));
            return found;
        }

        private void ReportUnknown(StringToken key)
        {
            var severity = forms[0].IgnoresOthers ? Severity.Warning : Severity.Error;
            if (Findings.IsFull(severity))
                return;
            var known = forms.SelectMany(form => form.Properties.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            var message = $"Unexpected value '{Suggestion.Show(key.Value)}'{Suggestion.For(key.Value, known)}";
            if (severity == Severity.Warning)
                Findings.Warning(key.Place, "unknown-key", message + " (it is ignored)");
            else
                Findings.Error(key.Place, "unknown-key", message);
        }

        private void ReportAbsent()
        {
            if (forms.Count > 1)
                ReportAmbiguity();
            else if (!hasExpressionKey)
                ReportMissing();
        }

        private void ReportAmbiguity()
        {
            var telling = forms.SelectMany(form => form.Properties.Keys).GroupBy(key => key, StringComparer.Ordinal)
                .Where(group => group.Count() == 1).Select(group => group.Key).Order(StringComparer.Ordinal);
            Findings.Error(
                mapping.Place,
                "ambiguous",
                $"There's not enough info to determine what you meant. Add one of these properties: {string.Join(", ", telling)}");
        }

        private void ReportMissing()
        {
            foreach (var key in forms[0].Required)
            {
                if (!keys.Contains(key))
                    Findings.Error(mapping.Place, "missing-key", $"Required property is missing: {key}");
            }
        }
    }
}
