using System.Text;

namespace Capstan.Workflows.Tests.Fuzz;

/// <summary>Breaks texts: their bytes, tokens and lines, and what makes a reader slow or large. The same random numbers give the same text.</summary>
internal sealed class Mutations(Random random, IReadOnlyList<string> seeds)
{
    /// <summary>A text that grew beyond this is cut: longer ones are refused at once.</summary>
    private const int MaxLength = 1_200_000;

    private static readonly string[] Pieces =
    [
        "${{", "}}", "${{ github.ref }}", "${{ insert }}", "'", "\"", "\n", "\r\n", "\r", "\t", "    ", "- ", ": ", "? ", "| ", "|\n", ">-\n", "&a ", "*a", "*a\n", "<<: *a", "{", "}", "[", "]",
        "[[", "{{", ",", "#", "!", "!!str ", "!!int ", "!!binary ", "!<tag:yaml.org,2002:map> ", "%YAML 1.2\n", "---\n", "...\n", "on:", "jobs:", "steps:", "needs: [a, b]", "if: always()",
        "matrix:", "parallel:", "wait-all:", "background: true", "null", "~", ".inf", "0x1F", "1e999", "-", "=", "@", "`", "\\",
    ];

    /// <summary>Byte order marks, line ends of other systems, half pairs, no characters, digits and letters of other scripts, marks that change the direction.</summary>
    private static readonly string[] OddCharacters =
    [
        "\uFEFF", "\0", "\u0085", "\u2028", "\u2029", "\u00A0", "\u200B", "\u200D", "\u202E", "\u0301", "\u0660\u0663", "\uFF21\uFF1A", "\u0131\u0130", "\u212A", "\ud83d", "\ude00", "\ud83d\ude00", "\uFFFE",
        "\uFFFF", "\uE000", "\u0007", "\u001b[31m", "\u007f", "e\u0301\u0323", "\u1E9E",
    ];

    public string Mutate(string text)
    {
        for (var times = random.Next(1, 6); times > 0; times--)
        {
            text = MutateOnce(text);
            if (text.Length > MaxLength)
                text = text[..MaxLength];
        }

        return text;
    }

    private string MutateOnce(string text)
    {
        var at = random.Next(text.Length + 1);
        var length = Math.Min(random.Next(1, 40), text.Length - at);
        return random.Next(16) switch
        {
            0 or 1 => text.Insert(at, Pick(Pieces)),
            2 => text.Remove(at, length),
            3 => text.Insert(at, text.Substring(at, length)),
            4 => text.Remove(at, length).Insert(at, ((char)random.Next(0x10000)).ToString()),
            5 => text.ReplaceLineEndings(Pick(["\r\n", "\r", "\n", "\u0085", "\r\r\n"])),
            6 => MutateLines(text),
            7 => string.Concat(text.AsSpan(0, at), Pick(seeds).AsSpan(random.Next(2))),
            8 => text.Insert(at, string.Concat(Enumerable.Repeat(Pick(Pieces), random.Next(1, 80)))),
            9 => text.Insert(at, Pick(OddCharacters)),
            10 => Pick(OddCharacters) + text,
            11 => SwapWords(text),
            12 => text.Insert(AfterColon(text), AliasBomb()),
            13 => text.Insert(AfterColon(text), Nesting()),
            14 => text.Insert(random.Next(4) == 0 ? at : AfterColon(text), Huge()),
            _ => MutateBytes(text),
        };
    }

    private string MutateLines(string text)
    {
        var lines = text.Split('\n').ToList();
        var from = random.Next(lines.Count);
        var block = lines.GetRange(from, Math.Min(random.Next(1, 6), lines.Count - from));
        var indent = new string(' ', random.Next(8));
        switch (random.Next(4))
        {
            case 0:
                lines.RemoveRange(from, block.Count);
                break;
            case 1:
                lines.InsertRange(random.Next(lines.Count + 1), block);
                break;
            case 2:
                lines.InsertRange(random.Next(lines.Count + 1), block.Select(line => indent + line.TrimStart()));
                break;
            default:
                for (var index = from; index < from + block.Count; index++)
                    lines[index] = indent + lines[index];
                break;
        }

        return string.Join('\n', lines);
    }

    /// <summary>A word of another seed in the place of one here.</summary>
    private string SwapWords(string text)
    {
        var words = text.Split(' ');
        words[random.Next(words.Length)] = Pick(Pick(seeds).Split(' '));
        return string.Join(' ', words);
    }

    private string AliasBomb()
    {
        var (levels, width) = (random.Next(2, 12), random.Next(2, 20));
        var bomb = new StringBuilder("[&b0 [x, ${{ github.ref }}]");
        for (var level = 1; level < levels; level++)
            bomb.Append(random.Next(3) == 0 ? $", &b{level} {{a: *b{level - 1}, b: *b{level - 1}}}" : $", &b{level} [{string.Join(", ", Enumerable.Repeat($"*b{level - 1}", width))}]");
        return bomb.Append(']').ToString();
    }

    private string Nesting()
    {
        var depth = random.Next(1, random.Next(10) == 0 ? 5000 : 60);
        return random.Next(4) switch
        {
            0 => new string('[', depth) + new string(']', depth),
            1 => string.Concat(Enumerable.Repeat("{a: ", depth)) + new string('}', depth),
            2 => string.Concat(Enumerable.Range(0, depth).Select(level => "\n" + new string(' ', level) + "- a:")),
            _ => "${{ " + new string(random.Next(2) == 0 ? '(' : '!', depth) + "github" + new string(')', depth) + " }}",
        };
    }

    private string Huge()
    {
        var length = random.Next(1, random.Next(20) == 0 ? 200_000 : 3000);
        return random.Next(6) switch
        {
            0 => new string('9', length),
            1 => "'" + new string('x', length) + "'",
            2 => "${{ '" + new string('x', length) + "' }}",
            3 => "${{ github" + string.Concat(Enumerable.Repeat(".a", length)) + " }}",
            4 => string.Concat(Enumerable.Repeat("${{ env.A }}", length / 10)),
            _ => "|\n" + string.Concat(Enumerable.Repeat("          line\n", length / 10)),
        };
    }

    private string MutateBytes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var times = random.Next(1, 6); times > 0 && bytes.Length > 0; times--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Where a value may stand; anywhere when the text has no colon.</summary>
    private int AfterColon(string text)
    {
        var colon = text.IndexOf(": ", random.Next(text.Length + 1), StringComparison.Ordinal);
        return colon < 0 ? random.Next(text.Length + 1) : colon + 2;
    }

    private string Pick(IReadOnlyList<string> choices) => choices[random.Next(choices.Count)];
}
