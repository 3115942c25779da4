namespace Capstan.Runner.Checkout;

/// <summary>What a checkout is to end at: what to fetch, and what to check out then.</summary>
/// <param name="RefSpecs">Arguments of <c>git fetch</c>.</param>
/// <param name="Branch">The local branch to be on; null: no branch.</param>
/// <param name="Start">The commit-ish to check out, after the fetch.</param>
/// <param name="Ref">For the step's output.</param>
internal sealed record GitTarget(IReadOnlyList<string> RefSpecs, string? Branch, string Start, string Ref)
{
    private const string Heads = "refs/heads/";
    private const string Tags = "refs/tags/";
    private const string FetchHead = "FETCH_HEAD";
    private const int ShaLength = 40;
    private const int Sha256Length = 64;

    /// <param name="tried">For a short name that may be a branch or a tag: the other one.</param>
    public static GitTarget Of(CheckoutRequest request, out GitTarget? tried)
    {
        tried = null;
        if (request.Ref.Length == 0)
        {
            return request.OwnRepository && request.RunSha.Length > 0 ? Full(request.RunRef, request.RunSha) : new GitTarget(["HEAD"], Branch: null, FetchHead, "");
        }

        if (IsSha(request.Ref)) return new GitTarget([request.Ref], Branch: null, FetchHead, "");
        if (request.Ref.StartsWith("refs/", StringComparison.Ordinal))
        {
            return Full(request.Ref, request.OwnRepository && request.Ref == request.RunRef ? request.RunSha : request.Ref);
        }

        tried = Full(Tags + request.Ref, Tags + request.Ref);
        return Full(Heads + request.Ref, Heads + request.Ref);
    }

    /// <param name="source">What the server is asked for: the ref itself or the SHA it had when the run began.</param>
    private static GitTarget Full(string reference, string source)
    {
        if (reference.StartsWith(Heads, StringComparison.Ordinal))
        {
            var branch = reference[Heads.Length..];
            return new GitTarget([$"+{source}:refs/remotes/origin/{branch}"], branch, "refs/remotes/origin/" + branch, reference);
        }

        return reference.StartsWith(Tags, StringComparison.Ordinal)
            ? new GitTarget([$"+{source}:{reference}"], Branch: null, reference, reference)
            : new GitTarget([source], Branch: null, FetchHead, reference);
    }

    private static bool IsSha(string text) => text.Length is ShaLength or Sha256Length && text.All(char.IsAsciiHexDigit);
}
