using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Settings;

/// <summary>One evaluation of a part of a job into its settings: what does not fit is a finding at the place of the part. Not thread-safe.</summary>
internal sealed class SettingsRead(EvaluationContext context, string file)
{
    private readonly Findings findings = new(file);

    public TemplateResult<T> Result<T>(T settings)
        where T : notnull => findings.ErrorCount == 0 ? new TemplateResult<T>(settings) : new TemplateResult<T>(findings.Sorted());

    public void Error(Place place, string code, string message) => findings.Error(place, code, message);

    /// <summary>Reports a part that the settings do not have, and leaves them as they are.</summary>
    public T Unknown<T>(Setting part, T settings, params string[] known)
    {
        Error(part.Place, "unknown-key", $"Unexpected value '{Suggestion.Show(part.Name)}'{Suggestion.For(part.Name, known)}");
        return settings;
    }

    public Value Evaluate(TemplateToken token)
    {
        var result = TemplateEvaluator.Evaluate(token, context, file);
        foreach (var found in result.Diagnostics)
            findings.Add(found);
        return result.Value ?? Value.Null;
    }

    /// <summary>The parts of a mapping, however it is written; null when the token is none, but a text or nothing.</summary>
    public IReadOnlyList<Setting>? Parts(TemplateToken token)
    {
        if (token is MappingToken mapping && mapping.Entries.All(entry => entry.Key is StringToken))
            return [.. mapping.Entries.Select(entry => new Setting(((StringToken)entry.Key).Value, entry.Value.Place, entry.Value, null))];
        if (token is not (ExpressionToken or MappingToken))
            return null;
        return Evaluate(token) is ObjectValue value
            ? [.. value.Properties.Select(property => new Setting(property.Key, token.Place, null, property.Value))]
            : null;
    }

    public Value Of(Setting setting) => setting.Value ?? Evaluate(setting.Token!);

    public string Text(Setting setting) => Text(setting.Place, Of(setting), setting.Name);

    public string Text(TemplateToken token, string name) => Text(token.Place, Evaluate(token), name);

    public bool Boolean(Setting setting)
    {
        if (Of(setting) is BooleanValue { Data: var data })
            return data;
        Error(setting.Place, "unexpected-value", $"'{setting.Name}' must be true or false");
        return false;
    }

    /// <summary>The texts of a list; empty texts, as expressions give them, are left out.</summary>
    public IReadOnlyList<string> Texts(Setting setting)
    {
        if (Of(setting) is ArrayValue list)
            return [.. list.Items.Select(item => Text(setting.Place, item, setting.Name)).Where(text => text.Length > 0)];
        Error(setting.Place, "unexpected-value", $"'{setting.Name}' must be a list");
        return [];
    }

    public IReadOnlyList<KeyValuePair<string, string>> Map(Setting setting)
    {
        if (Of(setting) is ObjectValue map)
            return [.. map.Properties.Select(property => KeyValuePair.Create(property.Key, Text(setting.Place, property.Value, property.Key)))];
        Error(setting.Place, "unexpected-value", $"'{setting.Name}' must be a mapping");
        return [];
    }

    private string Text(Place place, Value value, string name)
    {
        if (!value.IsPrimitive)
            Error(place, "unexpected-value", $"'{name}' must be a text, not {(value is ArrayValue ? "a list" : "a mapping")}");
        return ValueText.Of(value);
    }
}

/// <summary>A named part: its token, when the file writes it out, or its value, when an expression gave the whole.</summary>
internal sealed record Setting(string Name, Place Place, TemplateToken? Token, Value? Value);
