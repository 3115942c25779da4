using System.Globalization;
using Capstan.Orchestration.Calls;

namespace Capstan.Orchestration;

/// <summary>
/// The names of nodes: the key of a job in its file, and before it the calls that it stands under: <c>deploy/build</c>, or <c>deploy[2]/build</c> when the
/// calling job has a matrix. No key in a file holds one of the signs between.
/// </summary>
public static class NodeKey
{
    private const char Separator = '/';

    /// <summary>The key of the job that called the one with this key; null for a job of the run's own workflow.</summary>
    public static string? CallerOf(string key)
    {
        var end = key.LastIndexOf(Separator);
        if (end < 0)
        {
            return null;
        }

        var leg = key[..end];
        return leg.EndsWith(']') ? leg[..leg.LastIndexOf('[')] : leg;
    }

    /// <summary>What the keys of a call's jobs begin with.</summary>
    internal static string PrefixOf(CallLeg call, bool hasMatrix) =>
        hasMatrix ? string.Create(CultureInfo.InvariantCulture, $"{call.Key}[{call.Index}]/") : call.Key + Separator;

    /// <summary>The key in the file.</summary>
    internal static string IdOf(string key) => key[(key.LastIndexOf(Separator) + 1)..];

    /// <summary>The job before the first separator, its leg, and the key within; null: it stands under no call.</summary>
    internal static (string Caller, int Leg, string Inner)? Split(string key)
    {
        var end = key.IndexOf(Separator, StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        var (caller, inner) = (key[..end], key[(end + 1)..]);
        var bracket = caller.IndexOf('[', StringComparison.Ordinal);
        return bracket < 0
            ? (caller, 0, inner)
            : (caller[..bracket], int.Parse(caller.AsSpan()[(bracket + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture), inner);
    }
}
