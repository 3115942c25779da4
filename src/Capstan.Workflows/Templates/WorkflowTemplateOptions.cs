namespace Capstan.Workflows.Templates;

/// <summary>How a converted template is written.</summary>
public sealed record WorkflowTemplateOptions
{
    /// <summary>Every token with its file's number, line and column, and a table of the files at the end.</summary>
    public bool IncludeSource { get; init; }

    /// <summary>The triggers too.</summary>
    public bool IncludeEvents { get; init; } = true;
}
