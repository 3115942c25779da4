using System.Text;

namespace Capstan.Server.Git;

/// <summary>A line of a folder as git stores it.</summary>
/// <param name="Mode">As git writes it in octal: 100644 and 100755 files, 120000 a symbolic link, 40000 a folder, 160000 a submodule.</param>
internal sealed record TreeEntry(string Mode, string Name, string Sha)
{
    /// <summary>The largest folder that is read; its entries take some 40 bytes each.</summary>
    public const int MaxTreeBytes = 8 * 1024 * 1024;

    public bool IsFile => Mode is "100644" or "100755";

    public bool IsFolder => Mode is "40000";

    /// <summary>In git's order.</summary>
    public static IReadOnlyList<TreeEntry> Parse(ReadOnlySpan<byte> tree)
    {
        var entries = new List<TreeEntry>();
        while (tree.Length > 0)
        {
            var space = tree.IndexOf((byte)' ');
            var nul = tree.IndexOf((byte)0);
            if (space < 0 || nul < space || tree.Length < nul + 1 + ObjectName.ByteLength)
                throw new InvalidDataException("A tree object is malformed.");
            entries.Add(new TreeEntry(
                Encoding.ASCII.GetString(tree[..space]),
                Encoding.UTF8.GetString(tree[(space + 1)..nul]),
                Convert.ToHexStringLower(tree.Slice(nul + 1, ObjectName.ByteLength))));
            tree = tree[(nul + 1 + ObjectName.ByteLength)..];
        }

        return entries;
    }
}
