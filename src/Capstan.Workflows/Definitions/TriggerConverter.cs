using Capstan.Workflows.Templates;
using Capstan.Workflows.Triggers;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The events under <c>on</c>, with their filters and inputs.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
/// </summary>
/// <param name="isWhole">Whether the file was read to its end; if not, nothing is said of what is not there.</param>
internal sealed class TriggerConverter(Findings findings, bool isWhole)
{
    private static readonly string[] Pairs = ["branches", "tags", "paths"];

    public IReadOnlyList<TriggerDefinition> Convert(TemplateToken? on) => on switch
    {
        MappingToken => [.. on.NamedEntries().Select(entry => ConvertEvent(entry.Key, entry.Value))],
        _ => Named(on),
    };

    private static List<TriggerDefinition> Named(TemplateToken? on)
    {
        var triggers = new List<TriggerDefinition>();
        foreach (var name in on.TextTokens())
            triggers.Add(new TriggerDefinition(name.Value, name.Place));
        return triggers;
    }

    private TriggerDefinition ConvertEvent(StringToken name, TemplateToken content)
    {
        var filters = content as MappingToken;
        if (filters is not null)
        {
            WarnAboutPairs(filters);
            WarnAboutPatterns(filters);
        }

        return new TriggerDefinition(name.Value, name.Place)
        {
            Types = filters?.Find("types").Texts(),
            Branches = filters?.Find("branches").Texts(),
            BranchesIgnore = filters?.Find("branches-ignore").Texts(),
            Tags = filters?.Find("tags").Texts(),
            TagsIgnore = filters?.Find("tags-ignore").Texts(),
            Paths = filters?.Find("paths").Texts(),
            PathsIgnore = filters?.Find("paths-ignore").Texts(),
            Workflows = filters?.Find("workflows").Texts(),
            Names = filters?.Find("names").Texts(),
            Versions = filters?.Find("versions").Texts(),
            Schedules = new ScheduleConverter(findings).Convert(content as SequenceToken),
            Outputs = [.. (filters?.Find("outputs")).NamedEntries().Select(output => ConvertOutput(output.Key, output.Value))],
            Secrets = [.. (filters?.Find("secrets")).NamedEntries().Select(secret => ConvertSecret(secret.Key, secret.Value))],
            Inputs = [.. (filters?.Find("inputs")).NamedEntries().Select(input => ConvertInput(input.Key, input.Value, name.Value))],
            Content = content is NullToken ? null : content,
        };
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore</remarks>
    private void WarnAboutPairs(MappingToken filters)
    {
        foreach (var filter in Pairs)
        {
            if (filters.Find(filter) is not null && filters.Find(filter + "-ignore") is { } ignored)
                findings.Warning(
                    ignored.Place,
                    "filter-pair",
                    $"'{filter}' and '{filter}-ignore' cannot be used together for one event; use '!' patterns in '{filter}'");
        }
    }

    /// <remarks>Warnings, not errors: a pattern that matches nothing is what its author wrote, and the other patterns still count.</remarks>
    private void WarnAboutPatterns(MappingToken filters)
    {
        foreach (var key in Pairs)
            WarnAboutNegations(key, filters.Find(key));
        foreach (var key in Pairs.SelectMany(filter => (string[])[filter, filter + "-ignore"]))
        {
            foreach (var pattern in filters.Find(key).TextTokens())
            {
                var mistake = FilterPattern.Parse(pattern.Value).Error
                    ?? (key.StartsWith("paths", StringComparison.Ordinal)
                        ? FilterPatternAdvice.ForPath(pattern.Value)
                        : FilterPatternAdvice.ForRef(pattern.Value));
                if (mistake is not null)
                    findings.Warning(
                        pattern.Place,
                        "filter-pattern",
                        $"'{pattern.Value}' of '{key}' matches nothing: {mistake.Message} (at character {mistake.Position})");
            }
        }
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore</remarks>
    private void WarnAboutNegations(string key, TemplateToken? filter)
    {
        var patterns = filter.TextTokens().ToList();
        if (patterns.Count > 0 && filter is StringToken or SequenceToken { IsWhole: true } && patterns.TrueForAll(pattern => pattern.Value.StartsWith('!')))
            findings.Warning(
                patterns[0].Place,
                "filter-pattern",
                $"'{key}' has only patterns with '!', which take away from those before them, so it matches nothing: begin with one without '!', for example '**', "
                + $"or use '{key}-ignore' without the '!'");
    }

    private static CallOutputDefinition ConvertOutput(StringToken name, TemplateToken content)
    {
        var output = content as MappingToken;
        return new CallOutputDefinition(name.Value, name.Place, output?.Find("value") ?? new StringToken(name.Place, ""))
        {
            Description = output?.Find("description").Text(),
        };
    }

    private static CallSecretDefinition ConvertSecret(StringToken name, TemplateToken content)
    {
        var secret = content as MappingToken;
        return new CallSecretDefinition(name.Value, name.Place, secret?.Find("required").IsTrue() ?? false)
        {
            Description = secret?.Find("description").Text(),
        };
    }

    private InputDefinition ConvertInput(StringToken name, TemplateToken content, string eventName)
    {
        var input = content as MappingToken;
        var type = input?.Find("type").Text() ?? "string";
        var options = input?.Find("options").Texts() ?? [];
        var defaultValue = input?.Find("default");
        if (type is "choice" && options.Count == 0 && input is not null && isWhole)
            findings.Error(input.Place, "input", "Missing 'options' for choice input");
        else if (type is not "choice" && input?.Find("options") is not null && (isWhole || input.Find("type") is not null))
            findings.Error(input.Place, "input", $"Input type is not 'choice', but 'options' is defined: the type of input '{name.Value}' is '{type}'");
        if (eventName is "workflow_dispatch" && (isWhole || input?.Find("type") is not null))
            CheckDefault(name, type, options, defaultValue);
        return new InputDefinition(name.Value, type, name.Place)
        {
            Description = input?.Find("description").Text(),
            Required = input?.Find("required").IsTrue() ?? false,
            Default = defaultValue,
            Options = options,
        };
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs</remarks>
    private void CheckDefault(StringToken name, string type, IReadOnlyList<string> options, TemplateToken? value)
    {
        var fits = (type, value) switch
        {
            (_, null) => true,
            ("boolean", _) => value is BooleanToken,
            ("number", _) => value is NumberToken,
            _ => value is StringToken or NumberToken,
        };
        if (!fits)
        {
            findings.Error(
                value!.Place,
                "input",
                $"The default of input '{name.Value}' must be a {(type is "boolean" or "number" ? type : "string")}, as its type '{type}' says");
            return;
        }

        if (type is "choice" && value is StringToken chosen && chosen.Value.Length > 0
            && options.Count > 0 && !options.Contains(chosen.Value, StringComparer.Ordinal))
            findings.Warning(
                value.Place,
                "input",
                $"The default '{Suggestion.Show(chosen.Value)}' of input '{name.Value}' is not one of its options{Suggestion.For(chosen.Value, options)}");
    }
}
