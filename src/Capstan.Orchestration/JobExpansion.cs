namespace Capstan.Orchestration;

/// <summary>What a job becomes when its needs and its <c>if</c> are met.</summary>
internal abstract record JobExpansion
{
    private JobExpansion()
    {
    }

    public sealed record Legs(IReadOnlyList<LegSpec> Specs, int MaxParallel, bool FailFast) : JobExpansion;

    /// <summary>The job ends as failure before its first step.</summary>
    public sealed record Refused(string Reason) : JobExpansion;
}

/// <summary>A job does not run.</summary>
/// <param name="Conclusion">Skipped, cancelled, or failure when its <c>if</c> cannot be evaluated.</param>
internal sealed record NotRun(Contracts.Conclusion Conclusion, string Why);
