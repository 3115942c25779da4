namespace Capstan.Workflows.Yaml;

/// <summary>What a file may ask for before it is refused. Source: https://docs.github.com/en/actions/reference/limits, and GitHub's own parser.</summary>
public sealed record YamlLimits
{
    /// <summary>
    /// 1 MiB, in characters.
    /// Source: as <see cref="DefaultMaxDepth"/>.
    /// </summary>
    public const int DefaultMaxFileSize = 1024 * 1024;

    /// <remarks>Source: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/ParseOptions.cs</remarks>
    public const int DefaultMaxDepth = 50;
    /// <remarks>Source: as <see cref="DefaultMaxDepth"/>.</remarks>
    public const int DefaultMaxEvents = 1_000_000;

    public static YamlLimits Default { get; } = new();

    public int MaxFileSize { get; init; } = DefaultMaxFileSize;

    /// <summary>Sequences and mappings inside one another.</summary>
    public int MaxDepth { get; init; } = DefaultMaxDepth;

    /// <summary>Parse events with aliases written out: what ends an alias bomb.</summary>
    public int MaxEvents { get; init; } = DefaultMaxEvents;
}
