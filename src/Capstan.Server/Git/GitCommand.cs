using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Capstan.Server.Git;

/// <summary>
/// How git is started here: with an environment of our own making, no configuration but the repository's and ours, and never through a shell. Whoever owns the
/// repository's folder, git takes it (<c>safe.directory</c>): the folders are the server's own.
/// </summary>
internal sealed class GitCommand
{
    /// <summary>What a person needs to see of git's complaints; the rest is dropped.</summary>
    private const int MaxErrorChars = 4 * 1024;

    /// <summary>Git removes its half-written objects when it is asked to end; then it has this long.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(2);

    /// <summary>Given at each call and not written into repositories, so that a change here reaches all of them.</summary>
    private static readonly string[] Settings =
    [
        "safe.directory=*",

        // Any commit can be fetched by its name: a checkout asks for the run's commit, which may no longer be a branch's head.
        "uploadpack.allowAnySHA1InWant=true",
        "uploadpack.allowFilter=true",

        // What the server keeps for itself is neither shown nor taken.
        "transfer.hideRefs=refs/capstan",
        "receive.autogc=false",

        // An accepted push survives a power cut: git by itself does not wait for the disk with loose objects. One wait for all objects of a push.
        // Source: https://git-scm.com/docs/git-config#Documentation/git-config.txt-corefsync
        "core.fsync=committed,reference",
        "core.fsyncMethod=batch",
        "receive.fsckObjects=true",

        // Old histories have these harmless flaws, and their owners cannot rewrite them.
        "receive.fsck.zeroPaddedFilemode=warn",
        "receive.fsck.missingSpaceBeforeDate=warn",
        "receive.fsck.badTimezone=warn",
        "receive.fsck.missingEmail=warn",

        "gc.auto=0",
    ];

    private readonly ProcessStartInfo start;

    private GitCommand(ProcessStartInfo start) => this.start = start;

    /// <param name="arguments">Git's own words and paths of ours; nothing of a request that was not checked.</param>
    public static GitCommand Create(string workingFolder, IEnumerable<string> arguments, string? protocol = null, string? holdLockFile = null)
    {
        var start = new ProcessStartInfo("git")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder,
        };
        if (holdLockFile is not null)
        {
            // flock takes a shared lock on the file and becomes git, which keeps it for as long as it or a child of it lives.
            start.FileName = "flock";
            foreach (var argument in new[] { "--shared", "--nonblock", "--no-fork", holdLockFile, "git" })
                start.ArgumentList.Add(argument);
        }

        foreach (var setting in Settings)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(setting);
        }

        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);

        var path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        start.Environment["PATH"] = string.IsNullOrEmpty(path) ? "/usr/local/bin:/usr/bin:/bin" : path;
        start.Environment["HOME"] = workingFolder;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        if (protocol is not null)
            start.Environment["GIT_PROTOCOL"] = protocol;
        return new GitCommand(start);
    }

    /// <exception cref="GitUnavailableException">There is no git.</exception>
    public GitProcess Start()
    {
        try
        {
            return new GitProcess(Process.Start(start)!, MaxErrorChars, EndGrace);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new GitUnavailableException($"'{start.FileName}' cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Runs to the end with no input; for answers that are short.</summary>
    public async Task<GitAnswer> RunAsync(CancellationToken cancellationToken)
    {
        await using var process = Start();
        process.EndInput();
        using var output = new MemoryStream();
        await process.Output.CopyToAsync(output, cancellationToken);
        var exitCode = await process.WaitAsync(cancellationToken);
        return new GitAnswer(exitCode, Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length), process.Error);
    }
}

internal sealed record GitAnswer(int ExitCode, string Output, string Error)
{
    /// <exception cref="InvalidOperationException">Git failed where it must not.</exception>
    public string OutputOfSuccess() => ExitCode == 0 ? Output : throw new InvalidOperationException($"git ended with {ExitCode}: {Error}");
}

/// <summary>Git is not installed, or cannot be started.</summary>
internal sealed class GitUnavailableException(string message, Exception innerException) : Exception(message, innerException);

/// <summary>A running git. Disposing ends it when it still runs. One reader and one writer at a time.</summary>
internal sealed partial class GitProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly Process process;
    private readonly TimeSpan endGrace;
    private readonly StringBuilder error = new();
    private readonly Task readingError;

    internal GitProcess(Process process, int maxErrorChars, TimeSpan endGrace)
    {
        this.process = process;
        this.endGrace = endGrace;
        readingError = ReadErrorAsync(maxErrorChars);
    }

    public Stream Input => process.StandardInput.BaseStream;

    /// <returns>False when git reads no more.</returns>
    public async Task<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await Input.WriteAsync(bytes, cancellationToken);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Tells git that nothing more comes.</summary>
    public void EndInput()
    {
        try
        {
            Input.Close();
        }
        catch (IOException)
        {
            // What was still buffered had nowhere to go.
        }
    }

    public Stream Output => process.StandardOutput.BaseStream;

    public bool HasExited => process.HasExited;

    /// <summary>The start of what it wrote to its standard error; complete after <see cref="WaitAsync"/>.</summary>
    public string Error
    {
        get
        {
            lock (error)
                return error.ToString().Trim();
        }
    }

    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        await readingError.WaitAsync(cancellationToken);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await EndAsync();
        process.Dispose();
    }

    /// <summary>
    /// Asks git to end, now or as soon as <paramref name="signal"/> is given: a read of its output that waits cannot be cancelled, but comes to its end with git.
    /// </summary>
    public CancellationTokenRegistration EndWhen(CancellationToken signal) => signal.Register(RequestEnd);

    private void RequestEnd()
    {
        // A process that has ended and was waited for has no number any more that would be safe to use.
        if (!process.HasExited)
            _ = Kill(process.Id, Terminate);
    }

    private async Task EndAsync()
    {
        // Its input ends first: a git that only waits for more leaves by itself.
        EndInput();
        RequestEnd();
        using var grace = new CancellationTokenSource(endGrace);
        try
        {
            await process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private async Task ReadErrorAsync(int maxChars)
    {
        var buffer = new char[1024];
        try
        {
            int count;
            while ((count = await process.StandardError.ReadAsync(buffer)) > 0)
            {
                lock (error)
                    error.Append(buffer, 0, Math.Min(count, maxChars - error.Length));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process was ended while we read; what was read so far is enough.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
