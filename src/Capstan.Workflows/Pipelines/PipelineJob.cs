using Capstan.Workflows.Schema;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Pipelines;

/// <summary>One job of a pipeline as a job of GitHub's language.</summary>
internal sealed class PipelineJob(MappingToken pipeline, StringToken id, MappingToken job, Findings findings)
{
    /// <summary>The label that every runner on Linux has.</summary>
    private const string DefaultLabel = "linux";

    private const string CheckoutAction = "actions/checkout@v4";
    private const string UploadAction = "actions/upload-artifact@v4";

    public MappingToken Convert(TemplateToken? needs)
    {
        var converted = new TokenMapping(job.Place);
        converted.Copy(job, "name", "if", "env", "environment", "stage", "type", "target");
        if (needs is not null)
            converted.Add(PipelineConverter.KeyOf(job, "needs"), "needs", needs);
        Place(converted);
        converted.Rename(job, "allow_failure", "continue-on-error");
        Timeout(converted, job);
        converted.Add("steps", new SequenceToken(job.Place, [Checkout(), .. Steps(), .. Artifacts()]));
        return converted.Token;
    }

    /// <summary>The labels and the image: the job's own, else the pipeline's.</summary>
    private void Place(TokenMapping converted)
    {
        var labels = job.Find("runs_on") is null ? pipeline : job;
        if (labels.Find("runs_on") is null)
            converted.Add("runs-on", new StringToken(id.Place, DefaultLabel));
        else
            converted.Rename(labels, "runs_on", "runs-on");

        var image = job.Find("image") is null ? pipeline : job;
        if (image.Find("image") is { } name)
        {
            var container = new TokenMapping(name.Place);
            container.Copy(image, "image");
            converted.Add(PipelineConverter.KeyOf(image, "image"), "container", container.Token);
        }
    }

    private IEnumerable<TemplateToken> Steps()
    {
        if (job.Find("commands") is { } commands)
            return [Script(new TokenMapping(commands.Place), commands)];
        return new PipelineSteps(findings).Group((job.Find("steps") as SequenceToken)?.Items.OfType<MappingToken>() ?? [], Step);
    }

    private MappingToken Step(MappingToken step)
    {
        var converted = new TokenMapping(step.Place);
        converted.Copy(step, "name", "id", "if", "env", "uses", "with");
        converted.Rename(step, "allow_failure", "continue-on-error");
        Timeout(converted, step);
        return step.Find("commands") is { } commands ? Script(converted, commands) : converted.Token;
    }

    /// <summary>All commands in one shell, which ends at the first that fails.</summary>
    private MappingToken Script(TokenMapping step, TemplateToken commands)
    {
        if (commands is SequenceToken { Items.Count: 0 })
            findings.Error(commands.Place, "commands", "There is no command in 'commands'");
        if (Lines(commands) is { } script)
            step.Add("run", script);
        return step.Token;
    }

    /// <summary>The repository's files are there before the first command, as every executor of pipelines has them.</summary>
    private MappingToken Checkout()
    {
        var step = new TokenMapping(id.Place);
        step.Add("uses", new StringToken(id.Place, CheckoutAction));
        return step.Token;
    }

    private IEnumerable<TemplateToken> Artifacts()
    {
        if (job.Find("artifacts") is not { } paths || Lines(paths) is not { } lines)
            yield break;
        var with = new TokenMapping(paths.Place);
        with.Add("name", new StringToken(paths.Place, id.Value));
        with.Add("path", lines);
        var step = new TokenMapping(paths.Place);
        step.Add("uses", new StringToken(paths.Place, UploadAction));
        step.Add("with", with.Token);
        yield return step.Token;
    }

    /// <summary>One text with a line an item. What its expressions may use was checked item by item.</summary>
    private TemplateToken? Lines(TemplateToken token)
    {
        var items = token is SequenceToken sequence ? sequence.Items : [token];
        return EmbeddedExpressions.Read(
            items.Count > 0 ? items[0].Place : token.Place,
            string.Join('\n', items.Select(TemplateReferences.Source)),
            Availability.Step,
            findings);
    }

    private void Timeout(TokenMapping converted, MappingToken from)
    {
        if (from.Find("timeout") is not { } timeout)
            return;
        if ((timeout is NumberToken number ? number.Value : PipelineDuration.Minutes(((StringToken)timeout).Value)) is { } minutes and > 0)
            converted.Add(PipelineConverter.KeyOf(from, "timeout"), "timeout-minutes", new NumberToken(timeout.Place, minutes));
        else
            findings.Error(
                timeout.Place,
                "timeout",
                $"'{Suggestion.Show(TemplateReader.TextOf(timeout))}' is no duration: write minutes as a number, or a text such as 90s, 15m or 1h30m");
    }
}
