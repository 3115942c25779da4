namespace Capstan.Runner.Uploads;

/// <summary>What a store of artifacts or caches answers.</summary>
public abstract record StoreResult<T>
{
    private StoreResult()
    {
    }

    public sealed record Done(T Value) : StoreResult<T>;

    /// <summary>It was understood and refused; asking the same again brings the same.</summary>
    /// <param name="Code">One of <see cref="Contracts.ErrorCodes"/>.</param>
    /// <param name="Message">For people.</param>
    public sealed record Refused(string Code, string Message) : StoreResult<T>;
}
