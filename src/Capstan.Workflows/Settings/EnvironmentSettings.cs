using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Settings;

/// <summary>
/// A job's <c>environment</c>, evaluated but for its address. Immutable.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idenvironment
/// </summary>
/// <param name="Name">Compared without regard to case; empty when an expression gave nothing: then the job has no environment.</param>
/// <param name="Url">Evaluated by the runner when the steps have ended; null when not given.</param>
/// <param name="Deployment">Whether a deployment is recorded.</param>
public sealed record EnvironmentSettings(string Name, TemplateToken? Url, bool Deployment)
{
    /// <param name="token">The value of <c>environment</c>.</param>
    public static TemplateResult<EnvironmentSettings> Evaluate(TemplateToken token, EvaluationContext context, string file = "")
    {
        var read = new SettingsRead(context, file);
        var settings = new EnvironmentSettings("", null, Deployment: true);
        if (read.Parts(token) is not { } parts)
            return read.Result(settings with { Name = read.Text(token, "environment") });
        foreach (var part in parts)
        {
            settings = part.Name switch
            {
                "name" => settings with { Name = read.Text(part) },
                "url" => settings with { Url = part.Token ?? new StringToken(part.Place, read.Text(part)) },
                "deployment" => settings with { Deployment = read.Boolean(part) },
                _ => read.Unknown(part, settings, "name", "url", "deployment"),
            };
        }

        return read.Result(settings);
    }
}
