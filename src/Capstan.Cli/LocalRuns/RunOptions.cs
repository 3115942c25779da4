using Capstan.Cli.Terminals;

namespace Capstan.Cli.LocalRuns;

/// <summary>What was asked of <c>capstan run</c>. Folders and files are as typed, relative to the current folder.</summary>
internal sealed record RunOptions
{
    public const string DefaultEvent = "push";

    /// <summary>Files or folders; empty: the workflows of <c>.github/workflows</c>.</summary>
    public List<string> Workflows { get; } = [];

    public string Event { get; private set; } = DefaultEvent;
    public string? Payload { get; private set; }

    /// <summary>The branch or tag of the event, short or full; null: what is checked out.</summary>
    public string? Ref { get; private set; }

    /// <summary>Paths that the event changes; empty: what git says.</summary>
    public List<string> Changed { get; } = [];

    public Dictionary<string, string> Inputs { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, string> Secrets { get; } = new(StringComparer.OrdinalIgnoreCase);
    public List<string> SecretFiles { get; } = [];
    public Dictionary<string, string> Vars { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, string> Env { get; } = new(StringComparer.Ordinal);

    /// <summary>Secrets by environment.</summary>
    public Dictionary<string, Dictionary<string, string>> EnvironmentSecrets { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Values of the vars context by environment.</summary>
    public Dictionary<string, Dictionary<string, string>> EnvironmentVars { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, string> Github { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>From a label, or labels with commas between, to <c>host</c> or <c>docker:IMAGE</c>; the last word on a label counts.</summary>
    public List<KeyValuePair<string, string>> Platforms { get; } = [];

    public List<string> Jobs { get; } = [];

    /// <summary>Only the combinations in which every key given has one of its values.</summary>
    public List<KeyValuePair<string, string>> Matrix { get; } = [];

    /// <summary>The id, name or number of the step that a failed job goes on from; null: jobs run from their beginning.</summary>
    public string? FromStep { get; private set; }

    public string? ActionsFolder { get; private set; }

    /// <summary>An address, or <c>none</c>; null: as the environment says.</summary>
    public string? ActionsUpstream { get; private set; }

    public bool InPlace { get; private set; }
    public bool EmptyWorkspace { get; private set; }
    public string? ArtifactsFolder { get; private set; }
    public bool StrictPlatforms { get; private set; }
    public bool Keep { get; private set; }
    /// <summary>A person gets a shell where a step fails.</summary>
    public bool ShellOnFailure { get; private set; }

    /// <summary>Again after each change of the working tree.</summary>
    public bool Watch { get; private set; }

    public bool DryRun { get; private set; }
    public bool Json { get; private set; }

    /// <summary>The folder to run in.</summary>
    public string Folder { get; init; } = ".";

    /// <exception cref="CommandException">An option is unknown or incomplete, or two of them exclude each other.</exception>
    public static RunOptions Parse(IReadOnlyList<string> arguments) => Parse("run", arguments);

    /// <summary>Of <c>capstan plan</c>, which is a dry run under its own name.</summary>
    /// <inheritdoc cref="Parse(IReadOnlyList{string})"/>
    public static RunOptions ParsePlan(IReadOnlyList<string> arguments)
    {
        var options = Parse("plan", arguments);
        options.DryRun = true;
        return options;
    }

    private static RunOptions Parse(string command, IReadOnlyList<string> arguments)
    {
        var options = new RunOptions();
        var reader = new ArgumentReader(command, arguments);
        while (reader.Read())
        {
            if (reader.Option is null)
            {
                options.Workflows.Add(reader.Current);
            }
            else if (!options.ReadValue(reader) && !options.ReadSwitch(reader.Option))
            {
                throw reader.Unknown();
            }
        }

        if (options is { InPlace: true, EmptyWorkspace: true })
        {
            throw CommandException.Usage("--in-place and --empty-workspace exclude each other: the one keeps the working tree, the other empties it.");
        }

        if (options is { Watch: true, InPlace: true })
        {
            throw CommandException.Usage("--watch and --in-place exclude each other: what a run changes in the working tree would start the next one.");
        }

        return options.DryRun && (options.FromStep is not null || options.ShellOnFailure || options.Watch)
            ? throw CommandException.Usage("--from-step, --shell-on-failure and --watch are for jobs that run, and --dry-run runs none: leave one of them out.")
            : options;
    }

    private bool ReadSwitch(string option)
    {
        switch (option)
        {
            case "--in-place":
                InPlace = true;
                return true;
            case "--empty-workspace":
                EmptyWorkspace = true;
                return true;
            case "--strict-platforms":
                StrictPlatforms = true;
                return true;
            case "--keep":
                Keep = true;
                return true;
            case "--shell-on-failure":
                ShellOnFailure = true;
                return true;
            case "--watch":
                Watch = true;
                return true;
            case "--dry-run":
                DryRun = true;
                return true;
            case "--json":
                Json = true;
                return true;
            default:
                return false;
        }
    }

    private bool ReadValue(ArgumentReader reader)
    {
        switch (reader.Option)
        {
            case "--event":
                Event = reader.Value();
                return true;
            case "--payload":
                Payload = reader.Value();
                return true;
            case "--ref":
                Ref = reader.Value();
                return true;
            case "--changed":
                Changed.Add(reader.Value());
                return true;
            case "--secret-file":
                SecretFiles.Add(reader.Value());
                return true;
            case "--job":
                Jobs.Add(reader.Value());
                return true;
            case "--from-step":
                FromStep = reader.Value();
                return true;
            case "--actions-dir":
                ActionsFolder = reader.Value();
                return true;
            case "--actions-upstream":
                ActionsUpstream = reader.Value();
                return true;
            case "--artifacts-dir":
                ArtifactsFolder = reader.Value();
                return true;
            case "--matrix":
                Matrix.Add(reader.Pair(':'));
                return true;
            case "--platform":
                Platforms.Add(Platform(reader.Pair()));
                return true;
            case "--environment-secret":
                AddOfEnvironment(EnvironmentSecrets, reader);
                return true;
            case "--environment-var":
                AddOfEnvironment(EnvironmentVars, reader);
                return true;
            default:
                return ReadNamed(reader);
        }
    }

    private bool ReadNamed(ArgumentReader reader)
    {
        var target = reader.Option switch
        {
            "--input" => Inputs,
            "--secret" => Secrets,
            "--var" => Vars,
            "--env" => Env,
            "--github" => Github,
            _ => null,
        };
        if (target is null)
        {
            return false;
        }

        var (name, value) = reader.Pair();
        target[name] = value;
        return true;
    }

    private static KeyValuePair<string, string> Platform(KeyValuePair<string, string> pair) =>
        pair.Value == "host" || (pair.Value.StartsWith("docker:", StringComparison.Ordinal) && pair.Value.Length > "docker:".Length)
            ? pair
            : throw CommandException.Usage($"--platform takes LABEL=host or LABEL=docker:IMAGE, and '{pair.Key}={pair.Value}' is neither.");

    private static void AddOfEnvironment(Dictionary<string, Dictionary<string, string>> environments, ArgumentReader reader)
    {
        var (environment, pair) = reader.Pair(':');
        var at = pair.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
        {
            throw CommandException.Usage($"{reader.Option} takes ENVIRONMENT:NAME=VALUE.");
        }

        if (!environments.TryGetValue(environment, out var values))
        {
            values = environments[environment] = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        }

        values[pair[..at]] = pair[(at + 1)..];
    }
}
