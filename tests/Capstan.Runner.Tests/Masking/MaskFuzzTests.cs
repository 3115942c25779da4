using System.Globalization;
using System.Text;
using Capstan.Runner.Logs;
using Capstan.Runner.Masking;
using Xunit;

namespace Capstan.Runner.Tests.Masking;

/// <summary>
/// Random secrets, printed in every encoding of <see cref="SecretEncodings"/> among other text, read in random pieces: nothing of a secret may be left, and nothing of the
/// other text lost. Inputs come from a printed seed. <c>./dev fuzz masking</c> makes a long run of it, with <c>CAPSTAN_FUZZ_INPUTS</c> and <c>CAPSTAN_FUZZ_SEED</c>.
/// </summary>
public sealed class MaskFuzzTests(ITestOutputHelper output)
{
    private const int ShortRun = 4000;

    /// <summary>What stands around secrets: characters that no secret has and no encoding makes.</summary>
    private const string Filler = "ЖщЙ€→";

    private static readonly string[] Alphabets =
    [
        "ab",
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "abcXYZ019+/=",
        "aZ9-_.~!'();:@&=+$,/?#[]%<>{}|\\^`\" ",
        "aé ß✓日\U0001F511\"\\/&<",
        "a\t\b\f\u0001\u007f\u2028\"\\ ",
    ];

    [Fact]
    public void No_secret_leaks_in_any_encoding_however_the_output_is_cut()
    {
        var count = Number("CAPSTAN_FUZZ_INPUTS") ?? ShortRun;
        var seed = Number("CAPSTAN_FUZZ_SEED") ?? 20261121;
        output.WriteLine($"{count} inputs from seed {seed}");
        var pieces = 0L;
        for (var index = 0; index < count; index++)
        {
            var random = new Random(HashCode.Combine(seed, index) & int.MaxValue);
            var input = Input.Make(random);
            pieces += input.Pieces.Count;
            var found = Check(input, random);
            if (found is not null) Assert.Fail($"input {index} of seed {seed}: {found}");
        }

        output.WriteLine($"{pieces} printed secrets, not one leaked");
    }

    /// <returns>What is wrong; null when nothing is.</returns>
    private static string? Check(Input input, Random random)
    {
        var masks = new MaskSet();
        foreach (var secret in input.Secrets) masks.Add(secret);
        var masked = MaskedInPieces(masks, Encoding.UTF8.GetBytes(input.Text), random);

        var parts = Between(masked);
        if (parts.Count != input.Pieces.Count) return $"{parts.Count} parts of {input.Pieces.Count} are left in <{masked}> of <{input.Text}>";
        for (var i = 0; i < parts.Count; i++)
        {
            var rest = parts[i].Replace(MaskSet.Replacement, "", StringComparison.Ordinal);
            if (!input.Pieces[i].MayLeave(rest)) return $"<{rest}> is left of <{input.Pieces[i].Text}>, the {input.Pieces[i].Encoding} of one of <{string.Join("> <", input.Secrets)}>";
        }

        return null;
    }

    private static string MaskedInPieces(MaskSet masks, byte[] bytes, Random random)
    {
        var sink = new Collector();
        var splitter = new LineSplitter(masks, sink, TimeProvider.System);
        for (var position = 0; position < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - position, random.Next(1, random.Next(2) == 0 ? 8 : 200));
            bytes.AsSpan(position, length).CopyTo(splitter.Space());
            splitter.Advance(length);
            position += length;
        }

        splitter.Complete();
        return sink.Text.ToString();
    }

    /// <summary>What is left of the printed secrets, in their order: what stands between two fillers.</summary>
    private static List<string> Between(string masked)
    {
        var parts = new List<string>();
        var begin = -1;
        for (var i = 0; i < masked.Length; i++)
        {
            if (!Filler.Contains(masked[i], StringComparison.Ordinal)) continue;
            if (begin >= 0 && i > begin) parts.Add(masked[begin..i].Replace("\n", "", StringComparison.Ordinal));
            begin = i + 1;
        }

        return parts;
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <param name="Text">The pieces, each with fillers around it.</param>
    private sealed record Input(IReadOnlyList<string> Secrets, IReadOnlyList<Printed> Pieces, string Text)
    {
        public static Input Make(Random random)
        {
            var secrets = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Secret(random)).ToList();
            var pieces = Enumerable.Range(0, random.Next(1, 7)).Select(_ => SecretEncodings.Print(secrets[random.Next(secrets.Count)], random)).ToList();
            var text = new StringBuilder();
            foreach (var piece in pieces) text.Append(Word(random, Filler, random.Next(1, 4))).Append(piece.Text);
            return new Input(secrets, pieces, text.Append(Filler).ToString());
        }

        private static string Secret(Random random)
        {
            var alphabet = Alphabets[random.Next(Alphabets.Length)];
            var lines = random.Next(4) == 0 ? random.Next(2, 4) : 1;
            return string.Join(random.Next(2) == 0 ? "\n" : "\r\n", Enumerable.Range(0, lines).Select(_ => Line(random, alphabet)));
        }

        private static string Line(Random random, string alphabet)
        {
            while (true)
            {
                var line = Word(random, alphabet, random.Next(10) == 0 ? random.Next(60, 200) : random.Next(1, 40));
                if (!string.IsNullOrWhiteSpace(line)) return line;
            }
        }

        private static string Word(Random random, string alphabet, int length)
        {
            var runes = alphabet.EnumerateRunes().ToList();
            return string.Concat(Enumerable.Range(0, length).Select(_ => runes[random.Next(runes.Count)].ToString()));
        }
    }

    private sealed class Collector : ILineSink
    {
        public void Pause()
        {
        }

        public StringBuilder Text { get; } = new();

        public void Line(DateTimeOffset time, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> masked, bool whole) => Text.Append(Encoding.UTF8.GetString(masked)).Append('\n');
    }
}
