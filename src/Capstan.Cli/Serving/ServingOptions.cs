using System.CommandLine;
using System.Globalization;
using Capstan.Cli.Client;
using Capstan.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Capstan.Cli.Serving;

/// <summary>The options that <c>server</c> and <c>up</c> share, and what they make of them together with the environment.</summary>
internal sealed class ServingOptions
{
    private const string DatabaseVariable = "CAPSTAN_DATABASE";
    private const string JobUrlVariable = "CAPSTAN_JOB_URL";
    private const string MasterKeyVariable = "CAPSTAN_MASTER_KEY";
    private const string ActionsUpstreamVariable = "CAPSTAN_ACTIONS_UPSTREAM";
    private const string LeaseVariable = "CAPSTAN_LEASE_SECONDS";
    private const string LogRetentionVariable = "CAPSTAN_LOG_RETENTION_DAYS";
    private const string ArtifactRetentionVariable = "CAPSTAN_ARTIFACT_RETENTION_DAYS";
    private const string CacheRetentionVariable = "CAPSTAN_CACHE_RETENTION_DAYS";
    private const string CacheSizeVariable = "CAPSTAN_CACHE_GIB";
    private const string RootsDataFolder = "/var/lib/capstan";

    /// <summary>Ten years.</summary>
    private const int MaxDays = 3650;

    private const int MaxCacheGib = 100_000;

    private readonly Option<string[]> url = new("--url")
    {
        Description = $"Address to listen on, repeatable; port 0 lets the system choose (default: {ServerOptions.DefaultUrl})",
        HelpName = "URL",
    };

    private readonly Option<string?> publicUrl = new("--public-url")
    {
        Description = $"Address that people use, if not the one listened on; also {ServerSettings.UrlVariable}",
        HelpName = "URL",
    };

    private readonly Option<string?> jobUrl = new("--job-url")
    {
        Description = $"Address that runners and jobs use, if not the one listened on; also {JobUrlVariable}",
        HelpName = "URL",
    };

    private readonly Option<string?> data = new("--data")
    {
        Description = $"Folder for repositories, logs, keys and the private database (default: {RootsDataFolder} as root, else in your home)",
        HelpName = "DIR",
    };

    private readonly Option<string?> runFolder = new("--run-folder")
    {
        Description = "Folder for the private database's socket (default: /run/capstan as root, else your runtime folder)",
        HelpName = "DIR",
    };

    private readonly Option<bool> verbose = new("--verbose") { Description = "Write every request and decision to standard error" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[url, publicUrl, jobUrl, data, runFolder, verbose])
        {
            command.Add(option);
        }
    }

    /// <param name="quietest">What is logged without <c>--verbose</c>, and anything worse.</param>
    public ServerOptions Read(ParseResult parsed, Func<string, string?> environment, LogLevel quietest, TimeProvider clock)
    {
        var level = parsed.GetValue(verbose) ? LogLevel.Debug : quietest;
        var options = new ServerOptions
        {
            Urls = parsed.GetValue(url) is { Length: > 0 } urls ? urls : [ServerOptions.DefaultUrl],
            DataFolder = Path.GetFullPath(parsed.GetValue(data) ?? DefaultDataFolder(environment)),
            PublicUrl = ServerSettings.Normal(parsed.GetValue(publicUrl) ?? environment(ServerSettings.UrlVariable)),
            JobUrl = ServerSettings.Normal(parsed.GetValue(jobUrl) ?? environment(JobUrlVariable)),
            DatabaseConnection = environment(DatabaseVariable) is { Length: > 0 } connection ? connection : null,
            RunFolder = parsed.GetValue(runFolder),
            MasterKey = environment(MasterKeyVariable) is { Length: > 0 } key ? key : null,
            ActionsUpstream = ServerSettings.Normal(environment(ActionsUpstreamVariable)),
            TimeProvider = clock,
            Logging = logging => logging
                .SetMinimumLevel(level)
                .AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.TimestampFormat = "HH:mm:ss ";
                    console.UseUtcTimestamp = true;
                })
                .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace),
        };
        return options with
        {
            LeaseLength = Number(LeaseVariable, "seconds", 3600) is { } seconds ? TimeSpan.FromSeconds(seconds) : options.LeaseLength,
            LogRetention = Number(LogRetentionVariable, "days", MaxDays) is { } days ? TimeSpan.FromDays(days) : options.LogRetention,
            ArtifactRetention = Number(ArtifactRetentionVariable, "days", MaxDays) is { } artifactDays ? TimeSpan.FromDays(artifactDays) : options.ArtifactRetention,
            CacheRetention = Number(CacheRetentionVariable, "days", MaxDays) is { } cacheDays ? TimeSpan.FromDays(cacheDays) : options.CacheRetention,
            CacheBytesPerRepository = Number(CacheSizeVariable, "GiB", MaxCacheGib) is { } gib ? (long)gib << 30 : options.CacheBytesPerRepository,
        };

        int? Number(string name, string unit, int max) =>
            environment(name) is not { Length: > 0 } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max ? number
            : throw CommandException.Usage($"{name} is a number of {unit} from 1 to {max}, and '{text}' is not.");
    }

    private static string DefaultDataFolder(Func<string, string?> environment)
    {
        if (Environment.IsPrivilegedProcess)
        {
            return RootsDataFolder;
        }

        return environment("XDG_DATA_HOME") is { Length: > 0 } configured
            ? Path.Combine(configured, "capstan")
            : Path.Combine(environment("HOME") ?? throw CommandException.Usage("HOME is not set: name a folder with --data."), ".local", "share", "capstan");
    }
}
