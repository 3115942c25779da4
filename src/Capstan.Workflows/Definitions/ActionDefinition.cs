using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>What executes an action.</summary>
public enum ActionKind
{
    Composite,
    JavaScript,
    Docker,
}

/// <summary>An <c>action.yml</c> without errors. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax</summary>
public sealed record ActionDefinition
{
    public required string File { get; init; }
    public string? Name { get; init; }
    public string? Description { get; init; }

    /// <summary>In file order; names are unique without regard to case.</summary>
    public required IReadOnlyList<ActionInput> Inputs { get; init; }

    public required IReadOnlyList<ActionOutput> Outputs { get; init; }
    public required ActionKind Kind { get; init; }

    /// <summary><c>runs.using</c> as written: composite, node20, docker, …</summary>
    public required string Using { get; init; }

    /// <summary>The steps of a composite action.</summary>
    public IReadOnlyList<StepDefinition> Steps { get; init; } = [];

    /// <summary>The script of a JavaScript action, relative to the action's folder; <see cref="Pre"/> and <see cref="Post"/> likewise.</summary>
    public string? Main { get; init; }
    public string? Pre { get; init; }

    /// <summary>When <see cref="Pre"/> runs: <c>always()</c> unless given.</summary>
    public required string PreIf { get; init; }
    public string? Post { get; init; }

    /// <summary>As <see cref="PreIf"/>.</summary>
    public required string PostIf { get; init; }

    /// <summary>The image of a docker action: <c>Dockerfile</c>'s path or <c>docker://image</c>.</summary>
    public string? Image { get; init; }
    public string? Entrypoint { get; init; }
    public string? PreEntrypoint { get; init; }
    public string? PostEntrypoint { get; init; }
    public TemplateToken? Args { get; init; }
    public TemplateToken? Env { get; init; }
}

public sealed record ActionInput(string Name, Place Place)
{
    public string? Description { get; init; }
    public bool Required { get; init; }
    public TemplateToken? Default { get; init; }

    /// <summary>Shown as a warning when a caller gives the input.</summary>
    public string? DeprecationMessage { get; init; }
}

/// <param name="Value">Given for composite actions only; others write their outputs themselves.</param>
public sealed record ActionOutput(string Name, Place Place, TemplateToken? Value)
{
    public string? Description { get; init; }
}
