using Capstan.Contracts.V1;
using Microsoft.AspNetCore.Mvc;

namespace Capstan.Server.Hosting;

/// <summary>The query of every list: <c>?after=ID&amp;limit=N</c>. Bind with <c>[AsParameters]</c>.</summary>
/// <param name="After">The id of the last item seen; lists go by id.</param>
/// <param name="Limit">What is out of bounds is brought into them.</param>
public readonly record struct Paging([FromQuery(Name = "after")] long? After, [FromQuery(Name = "limit")] int? Limit)
{
    /// <summary>How many to show.</summary>
    public int Size => Math.Clamp(Limit ?? PageLimits.Default, 1, PageLimits.Max);

    /// <summary>How many to read: one more shows whether there is a next page.</summary>
    public int Take => Size + 1;

    public Page<T> Page<T>(IReadOnlyList<T> read, Func<T, long> id) =>
        read.Count > Size ? new Page<T>([.. read.Take(Size)], id(read[Size - 1])) : new Page<T>(read);
}
