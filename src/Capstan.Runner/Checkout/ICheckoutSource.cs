namespace Capstan.Runner.Checkout;

/// <summary>
/// Where the built-in <c>actions/checkout</c> takes files from: the server by git (<see cref="GitCheckout"/>), or the working tree of <c>capstan run</c>
/// (<see cref="WorkingTreeCheckout"/>). Runs on the step's thread; safe to call for several jobs at once.
/// </summary>
public interface ICheckoutSource
{
    CheckoutResult Run(CheckoutRequest request, CheckoutScope scope);
}

/// <summary>Which submodules a checkout brings.</summary>
public enum CheckoutSubmodules
{
    None,

    /// <summary>Those of the repository itself.</summary>
    Direct,

    /// <summary>Those of submodules, too.</summary>
    Recursive,
}

/// <summary>The inputs of one <c>actions/checkout</c> step, after defaults.</summary>
public sealed record CheckoutRequest
{
    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>True when <see cref="Repository"/> is the one the workflow belongs to.</summary>
    public required bool OwnRepository { get; init; }

    /// <summary>A branch, tag, full ref or SHA as given; empty when not given.</summary>
    public required string Ref { get; init; }

    /// <summary>The run's own ref and commit, used when <see cref="Ref"/> is empty and the repository is the own one.</summary>
    public required string RunRef { get; init; }

    public required string RunSha { get; init; }

    /// <summary>The address of the server that holds the repository, without a slash at its end.</summary>
    public required string ServerUrl { get; init; }

    /// <summary>Empty: no authorization is sent.</summary>
    public required string Token { get; init; }

    /// <summary>The absolute folder to fill, inside the workspace.</summary>
    public required string Folder { get; init; }

    /// <summary>The workspace's path without links, of when the job began: only in there may something be removed.</summary>
    public required string Workspace { get; init; }

    /// <summary>Commits of history; 0 is all branches and tags with all of it.</summary>
    public required int FetchDepth { get; init; }

    public required bool FetchTags { get; init; }

    /// <summary>What of the objects is fetched only when it is needed, as git's <c>--filter</c> says it; empty: nothing.</summary>
    public string Filter { get; init; } = "";

    /// <summary>The only folders (or, without <see cref="SparseConeMode"/>, patterns) that are written; empty: all files are.</summary>
    public IReadOnlyList<string> Sparse { get; init; } = [];

    /// <summary>Whether <see cref="Sparse"/> names folders.</summary>
    public bool SparseConeMode { get; init; } = true;

    public CheckoutSubmodules Submodules { get; init; }

    /// <summary>Whether files kept by git-lfs are downloaded.</summary>
    public bool Lfs { get; init; }

    /// <summary>Whether the folder is the workspace itself, as the runner made it: no program of the job has run yet.</summary>
    public required bool Untouched { get; init; }

    /// <summary>Whether files that are not tracked are removed first.</summary>
    public required bool Clean { get; init; }

    /// <summary>Whether later steps' git finds the token in the repository's configuration.</summary>
    public required bool PersistCredentials { get; init; }
}

/// <summary>What a checkout came to. A failure's text is for the log, already without secrets.</summary>
public abstract record CheckoutResult
{
    private CheckoutResult()
    {
    }

    /// <param name="Ref">As given to the step's output <c>ref</c>.</param>
    /// <param name="Commit">The SHA written; empty when the files are not of one commit (a working tree).</param>
    public sealed record Done(string Ref, string Commit) : CheckoutResult
    {
        /// <summary>Where the token was left for later steps; null when it was not.</summary>
        public KeptCredentials? Kept { get; init; }
    }

    public sealed record Failed(string Message) : CheckoutResult;
}

/// <summary>A token in git's configuration, to be removed when the job ends.</summary>
/// <param name="Setting">The setting's name.</param>
/// <param name="Files">The configuration files that have it, absolute.</param>
public sealed record KeptCredentials(string Setting, IReadOnlyList<string> Files);
