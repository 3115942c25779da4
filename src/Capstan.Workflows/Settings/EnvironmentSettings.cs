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
    /// <summary>
    /// Characters of a name.
    /// Source: https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
    /// </summary>
    public const int MaxNameLength = 255;

    /// <summary>Characters of an address; what is longer is shown nowhere.</summary>
    public const int MaxUrlLength = 2_000;

    /// <summary>What is wrong with a name that is not empty; null when nothing is.</summary>
    public static string? NameProblem(string name) => name switch
    {
        { Length: > MaxNameLength } => $"An environment's name has at most {MaxNameLength} characters",
        _ when name.Any(char.IsControl) => "An environment's name holds no control characters",
        _ when string.IsNullOrWhiteSpace(name) => "An environment's name is not blank",

        // As parts of an address they mean the folder itself and the one above it, whoever writes it and however it is escaped.
        "." or ".." => $"An environment cannot be called '{name}'",
        _ => null,
    };

    /// <summary>Whether an evaluated address may be shown as a link: what a step wrote could be anything.</summary>
    public static bool IsAddress(string url) =>
        url.Length <= MaxUrlLength && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    /// <param name="token">The value of <c>environment</c>.</param>
    public static TemplateResult<EnvironmentSettings> Evaluate(TemplateToken token, EvaluationContext context, string file = "")
    {
        var read = new SettingsRead(context, file);
        var settings = new EnvironmentSettings("", null, Deployment: true);
        var parts = read.Parts(token);
        if (parts is null)
            settings = settings with { Name = read.Text(token, "environment") };
        foreach (var part in parts ?? [])
        {
            settings = part.Name switch
            {
                "name" => settings with { Name = read.Text(part) },
                "url" => settings with { Url = part.Token ?? new StringToken(part.Place, read.Text(part)) },
                "deployment" => settings with { Deployment = read.Boolean(part) },
                _ => read.Unknown(part, settings, "name", "url", "deployment"),
            };
        }

        if (settings.Name.Length > 0 && NameProblem(settings.Name) is { } problem)
            read.Error(token.Place, "environment", problem);
        return read.Result(settings);
    }
}
