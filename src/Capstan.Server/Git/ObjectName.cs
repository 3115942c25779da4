using System.Buffers;

namespace Capstan.Server.Git;

/// <summary>Git's names of objects, in hexadecimal: 40 digits (SHA-1), lower case.</summary>
internal static class ObjectName
{
    public const int HexLength = 40;
    public const int ByteLength = 20;

    /// <summary>Forty zeros: "no object", the old value of a created ref and the new one of a deleted ref.</summary>
    public const string Zero = "0000000000000000000000000000000000000000";

    /// <summary>The tree without entries: exists in every repository without being stored.</summary>
    public const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    public static bool IsZero(string sha) => sha == Zero;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Upper case is taken, because git takes it.</summary>
    public static bool IsName(ReadOnlySpan<char> text) => text.Length == HexLength && !text.ContainsAnyExcept(HexDigits);
}
