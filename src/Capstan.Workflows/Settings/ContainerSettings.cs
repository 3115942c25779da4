using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Settings;

/// <summary>
/// A job's <c>container</c>, or one of its <c>services</c>, with everything evaluated. Immutable.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
/// </summary>
public sealed record ContainerSettings
{
    private static readonly string[] Keys = ["image", "credentials", "env", "ports", "volumes", "options", "entrypoint", "command"];

    /// <summary>No container: the job runs on the host, the service is not started. What an expression that gives an empty image means.</summary>
    public static ContainerSettings None { get; } = new() { Image = "" };

    /// <summary>Without <c>docker://</c>; empty only for <see cref="None"/>.</summary>
    public required string Image { get; init; }

    public ContainerCredentials? Credentials { get; init; }

    /// <summary>In file order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Env { get; init; } = [];

    /// <summary>As <c>docker create --publish</c> takes them.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>As <c>docker create --volume</c> takes them.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Further arguments of <c>docker create</c>, in one text.</summary>
    public string Options { get; init; } = "";

    /// <summary>Replaces the image's; of services only.</summary>
    public string Entrypoint { get; init; } = "";

    /// <summary>Replaces the image's; of services only.</summary>
    public string Command { get; init; } = "";

    /// <param name="token">The value of <c>container</c>.</param>
    public static TemplateResult<ContainerSettings> Evaluate(TemplateToken token, EvaluationContext context, string file = "")
    {
        var read = new SettingsRead(context, file);
        return read.Result(Evaluate(token, read));
    }

    /// <summary>The services by name, in file order. One without an image is <see cref="None"/>.</summary>
    /// <param name="token">The value of <c>services</c>.</param>
    public static TemplateResult<IReadOnlyList<KeyValuePair<string, ContainerSettings>>> EvaluateServices(
        TemplateToken token,
        EvaluationContext context,
        string file = "")
    {
        var read = new SettingsRead(context, file);
        var services = (read.Parts(token) ?? []).Select(service => KeyValuePair.Create(service.Name, EvaluateService(service, read)));
        return read.Result<IReadOnlyList<KeyValuePair<string, ContainerSettings>>>([.. services]);
    }

    private static ContainerSettings EvaluateService(Setting service, SettingsRead read)
    {
        if (service.Token is { } token)
            return Evaluate(token, read);
        return service.Value is ObjectValue mapping
            ? Of([.. mapping.Properties.Select(property => new Setting(property.Key, service.Place, null, property.Value))], read)
            : Of(read.Text(service));
    }

    private static ContainerSettings Evaluate(TemplateToken token, SettingsRead read) =>
        read.Parts(token) is { } parts ? Of(parts, read) : Of(read.Text(token, "container"));

    private static ContainerSettings Of(string image)
    {
        var name = ActionReference.IsDocker(image) ? image[ActionReference.DockerPrefix.Length..] : image;
        return name.Length == 0 ? None : new ContainerSettings { Image = name };
    }

    private static ContainerSettings Of(IReadOnlyList<Setting> parts, SettingsRead read)
    {
        var settings = None;
        foreach (var part in parts)
        {
            settings = part.Name switch
            {
                "image" => settings with { Image = Of(read.Text(part)).Image },
                "credentials" => settings with { Credentials = CredentialsOf(part, read) },
                "env" => settings with { Env = read.Map(part) },
                "ports" => settings with { Ports = read.Texts(part) },
                "volumes" => settings with { Volumes = read.Texts(part) },
                "options" => settings with { Options = read.Text(part) },
                "entrypoint" => settings with { Entrypoint = read.Text(part) },
                "command" => settings with { Command = read.Text(part) },
                _ => read.Unknown(part, settings, Keys),
            };
        }

        return settings.Image.Length == 0 ? None : settings;
    }

    private static ContainerCredentials? CredentialsOf(Setting part, SettingsRead read)
    {
        var map = read.Map(part);
        var credentials = new ContainerCredentials(Find("username"), Find("password"));
        return credentials is { Username: "", Password: "" } ? null : credentials;

        string Find(string name) => map.FirstOrDefault(entry => entry.Key == name).Value ?? "";
    }
}

/// <summary>For the registry that an image comes from. The password is a secret: never written anywhere.</summary>
public sealed record ContainerCredentials(string Username, string Password)
{
    public override string ToString() => $"{Username}:***";
}
