using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Pipelines;

/// <summary>Neighbouring steps with the same <c>parallel</c> run at the same time: they become the members of one group.</summary>
internal sealed class PipelineSteps(Findings findings)
{
    /// <param name="convert">Makes a step of GitHub's language of one of the pipeline's.</param>
    public IReadOnlyList<TemplateToken> Group(IEnumerable<MappingToken> steps, Func<MappingToken, MappingToken> convert)
    {
        var converted = new List<TemplateToken>();
        var ended = new HashSet<string>(StringComparer.Ordinal);
        StringToken? group = null;
        List<TemplateToken> members = [];
        foreach (var step in steps)
        {
            var name = step.Find("parallel") as StringToken;
            if (group is not null && name?.Value != group.Value)
                End();
            if (name is not null && group is null)
                Begin(name);
            (name is null ? converted : members).Add(convert(step));
        }

        End();
        return converted;

        void Begin(StringToken name)
        {
            if (ended.Contains(name.Value))
                findings.Error(name.Place, "parallel", $"The steps of the parallel group '{Suggestion.Show(name.Value)}' must stand next to each other");
            group = name;
            members = [];
        }

        void End()
        {
            if (group is null)
                return;
            ended.Add(group.Value);
            var step = new TokenMapping(group.Place);
            step.Add("parallel", new SequenceToken(group.Place, members));
            converted.Add(step.Token);
            group = null;
        }
    }
}
