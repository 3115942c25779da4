using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Definitions;

/// <summary>How a workflow file is read. The defaults are GitHub's limits, and called workflows are not loaded.</summary>
public sealed record WorkflowReadOptions
{
    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations#limitations-of-reusable-workflows</summary>
    public const int DefaultMaxNesting = 10;

    /// <summary>Unique called files below one caller. Source: as <see cref="DefaultMaxNesting"/>.</summary>
    public const int MaxCalledFiles = 50;

    /// <summary>Calls in all, the same file counted again: what ends files that call each other many times.</summary>
    public const int MaxCalls = 1000;

    /// <summary>The default is made where it is asked for: most workflows call none.</summary>
    private readonly PermissionSet? tokenPermissions;

    public static WorkflowReadOptions Default { get; } = new();

    /// <summary>Of every file.</summary>
    public YamlLimits Limits { get; init; } = YamlLimits.Default;

    /// <summary>Of a workflow and all it calls together, aliases written out, in bytes as GitHub's parser counts them: 10 MiB unless said otherwise.</summary>
    public int MaxResultSize { get; init; } = ResultSize.DefaultLimit;

    /// <summary>Entries of <c>jobs</c> in a workflow and all it calls; 0: no limit.</summary>
    public int MaxJobs { get; init; }

    /// <summary>Finds a called workflow, asked once for each; null: called workflows are not looked at.</summary>
    public Func<WorkflowReference, LoadedWorkflow>? LoadWorkflow { get; init; }

    /// <summary>How many called workflows may stand inside one another.</summary>
    public int MaxNesting { get; init; } = DefaultMaxNesting;

    /// <summary>What a token may do where the workflow says nothing: called workflows may not ask for more.</summary>
    /// <value>Everything, unless said otherwise.</value>
    public PermissionSet TokenPermissions
    {
        get => tokenPermissions ?? PermissionSet.Write;
        init => tokenPermissions = value;
    }

    internal string TooManyJobs => $"Workflows may not contain more than {MaxJobs} jobs across all referenced files";
}
