using Capstan.Contracts.RunnerProtocol;
using Microsoft.Extensions.Logging;

namespace Capstan.Server;

/// <summary>How a server is to run. The command line and the tests make one; nothing else reads the environment.</summary>
public sealed record ServerOptions
{
    public const string DefaultUrl = "http://127.0.0.1:8470";

    /// <summary>Addresses to listen on; port 0 lets the system choose.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [DefaultUrl];

    /// <summary>Git repositories, blobs, keys and the private database lie under this folder. Made when it is missing; refused when it holds something else.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Npgsql's connection string (<c>CAPSTAN_DATABASE</c>). Null: a private PostgreSQL in the data folder.</summary>
    public string? DatabaseConnection { get; init; }

    /// <summary>Where the socket of the private PostgreSQL lies, in a folder of its own. Null: <c>/run/capstan</c> as root, else the user's runtime folder.</summary>
    public string? RunFolder { get; init; }

    /// <summary><c>CAPSTAN_URL</c>: the address that people use. Null: the bound address.</summary>
    public string? PublicUrl { get; init; }

    /// <summary><c>CAPSTAN_JOB_URL</c>: the address that jobs and runners use. Null: the bound address.</summary>
    public string? JobUrl { get; init; }

    /// <summary><c>CAPSTAN_MASTER_KEY</c>: 32 bytes as base64 or hexadecimal. Null: the file <c>master.key</c> in the data folder, made at the first start.</summary>
    public string? MasterKey { get; init; }

    /// <summary><c>CAPSTAN_ACTIONS_UPSTREAM</c>: where runners look for actions that no repository here holds, without a slash at its end. Null: nowhere.</summary>
    public string? ActionsUpstream { get; init; }

    /// <summary>How long a claim of an execution holds without being renewed.</summary>
    public TimeSpan LeaseLength { get; init; } = Protocol.LeaseLength;

    /// <summary>How long the log of an ended job is kept.</summary>
    public TimeSpan LogRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long an artifact is kept, unless its upload asks for less.</summary>
    public TimeSpan ArtifactRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long a cache is kept that nobody uses.</summary>
    public TimeSpan CacheRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>What the caches of a repository have together, at most: beyond it the longest unused go.</summary>
    public long CacheBytesPerRepository { get; init; } = 10L << 30;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>False: no background loop runs, and a test calls <c>RunOnceAsync</c> itself.</summary>
    public bool RunBackgroundLoops { get; init; } = true;

    /// <summary>Where the log goes. Null: nowhere.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>How long requests may take to end when the server stops.</summary>
    public TimeSpan ShutdownLimit { get; init; } = TimeSpan.FromSeconds(10);
}
