namespace Capstan.Runner.Masking;

/// <summary>What bytes look like in base64, at each of the three places they can have in a group, in both alphabets, and over the lines of a wrapped text.</summary>
internal static class Base64Forms
{
    /// <summary>Fewer bytes are not looked for: what is certain of them is two or three characters, which occur everywhere.</summary>
    public const int MinBytes = 4;

    /// <summary>Where <c>base64</c> (76) and PEM writers (64) break lines.</summary>
    private static readonly int[] WrapWidths = [76, 64];

    /// <summary>The remainder of a wrapped line that is too short to look for.</summary>
    private const int MinWrappedRest = 6;

    public static IEnumerable<string> Of(byte[] bytes)
    {
        if (bytes.Length < MinBytes) yield break;
        for (var before = 0; before < 3; before++)
        {
            var certain = Certain(bytes, before);
            yield return certain;
            if (certain.AsSpan().ContainsAny('+', '/')) yield return certain.Replace('+', '-').Replace('/', '_');
        }

        var text = Convert.ToBase64String(bytes).TrimEnd('=');
        foreach (var width in WrapWidths)
        {
            for (var start = 0; text.Length > width && start < text.Length; start += width)
            {
                var piece = text[start..Math.Min(text.Length, start + width)];
                if (piece.Length >= MinWrappedRest) yield return piece;
            }
        }
    }

    /// <summary>The characters that depend on the bytes alone, whatever stands before and after them.</summary>
    /// <param name="before">How many bytes of others their group begins with: 0 to 2.</param>
    private static string Certain(byte[] bytes, int before)
    {
        var padded = new byte[before + bytes.Length];
        bytes.CopyTo(padded, before);
        var first = ((before * 8) + 5) / 6;
        var end = padded.Length * 8 / 6;
        return Convert.ToBase64String(padded)[first..end];
    }
}
