using Capstan.Runner.Files;

namespace Capstan.Runner.Checkout;

/// <summary>
/// The built-in checkout of <c>capstan run</c>: copies the tracked and the untracked, not ignored files of a working tree, with modes and symbolic links. An explicit
/// ref is taken from the working tree's own repository, another repository from the server that the working tree's own is from.
/// </summary>
/// <param name="sourceFolder">The absolute root of the working tree.</param>
/// <param name="copy">Writes the files into a folder that is given; answers how many.</param>
/// <param name="alreadyThere">The workspace holds the copy already (or is the working tree itself): a checkout without path, before any program has run, leaves it alone.</param>
public sealed class WorkingTreeCheckout(string sourceFolder, Func<string, int> copy, bool alreadyThere) : ICheckoutSource
{
    public CheckoutResult Run(CheckoutRequest request, CheckoutScope scope)
    {
        if (!request.OwnRepository) return new GitCheckout().Run(request, scope);

        if (Path.GetFullPath(request.Folder) == Path.GetFullPath(sourceFolder))
        {
            scope.Write("The workspace is the working tree itself: nothing to copy");
            return new CheckoutResult.Done(request.RunRef, request.RunSha);
        }

        if (request.Ref.Length > 0 && request.Ref != request.RunRef && request.Ref != request.RunSha) return CheckOutRef(request, scope);
        if (request.Sparse.Count > 0) scope.Write("'sparse-checkout' is not applied to the files of a working tree: all of them are there");
        if (alreadyThere && request.Untouched && IsFilled(request.Folder))
        {
            scope.Write("The workspace holds a copy of the working tree already");
            return new CheckoutResult.Done(request.RunRef, request.RunSha);
        }

        // As the real one does with a repository that is there, and with a folder that holds none.
        Directory.CreateDirectory(request.Folder);
        if (request.Clean && FolderRemoval.Empty(request.Folder, request.Workspace) is { } left) return new CheckoutResult.Failed("The folder could not be emptied: " + left);
        var files = copy(request.Folder);
        scope.Write($"Copied {files} files of the working tree");
        return new CheckoutResult.Done(request.RunRef, request.RunSha);
    }

    private static bool IsFilled(string folder) => Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();

    private CheckoutResult CheckOutRef(CheckoutRequest request, CheckoutScope scope)
    {
        Directory.CreateDirectory(request.Folder);
        var environment = new Dictionary<string, string>(scope.Environment, StringComparer.Ordinal)
        {
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "safe.directory",
            ["GIT_CONFIG_VALUE_0"] = "*",
            ["GIT_INDEX_FILE"] = Path.Combine(request.Folder, ".capstan-index"),
        };
        var done = scope.Run(["git", "--work-tree=" + request.Folder, "checkout", "--quiet", "--force", request.Ref, "--", "."], environment, sourceFolder) == 0;
        File.Delete(environment["GIT_INDEX_FILE"]);
        return done ? new CheckoutResult.Done(request.Ref, "") : new CheckoutResult.Failed($"The working tree's repository has no '{request.Ref}'");
    }
}
