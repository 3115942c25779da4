using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// Containers name an image. A job's own may be left empty as a text: then the job runs on the host. What holds an expression is checked when it is evaluated,
/// and where a key was refused the image may be what it was meant for.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainerimage
/// </summary>
internal static class ContainerCheck
{
    public static void Run(MappingToken job, Findings findings)
    {
        Check(job.Find("container"), isService: false, findings);
        foreach (var (_, service) in job.Find("services").NamedEntries())
            Check(service, isService: true, findings);
    }

    private static void Check(TemplateToken? container, bool isService, Findings findings)
    {
        var isEmpty = container switch
        {
            StringToken { Value: var text } => text is ActionReference.DockerPrefix || (isService && text.Length == 0),
            MappingToken mapping => !mapping.Entries.Any(entry => entry.Key is not StringToken)
                && ((mapping.IsWhole && mapping.Find("image") is null) || mapping.Find("image").Text() is ActionReference.DockerPrefix),
            _ => false,
        };
        if (isEmpty)
            findings.Error(container!.Place, "container", "Container image cannot be empty");
    }
}
