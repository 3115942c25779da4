using System.Text;
using Capstan.Runner.Logs;
using Capstan.Runner.Masking;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Capstan.Runner.Tests.Masking;

public sealed class MaskSetTests
{
    [Theory]
    [InlineData("hunter2", "the hunter2 is", "the *** is")]
    [InlineData("hunter2", "hunter2hunter2", "***")]
    [InlineData("a", "banana", "b***n***n***")]
    [InlineData("abcab", "abcabcab!", "***!")]
    [InlineData("pass\"word\\", """{"p":"pass\"word\\"}""", """{"p":"***"}""")]
    [InlineData("one line\nsecond line\n", "x second line y one line", "x *** y ***")]
    [InlineData("a b&c", "q=a%20b%26c", "q=***")]
    [InlineData("   ", "nothing is masked", "nothing is masked")]
    [InlineData("it's", "'it'\\''s'", "'***'")]
    [InlineData("a\"b", """{"outer":"{\"p\":\"a\\\"b\"}"}""", """{"outer":"{\"p\":\"***\"}"}""")]
    [InlineData("a/b c+d", "q=a/b%20c%2Bd&r=a%2fb+c%2bd", "q=***&r=***")]
    [InlineData("\"long enough\"", "x=long enough", "x=***")]
    [InlineData("\"short\"", "x=short", "x=short")]
    [InlineData("first-half&second-half", "first-half& \u001b[36msecond-half", "*** \u001b[36m***")]
    [InlineData("first-half&+second-half", "first-half&+\u001b[36ms\u001b[0mecond-half", "***\u001b[36ms\u001b[0m***")]
    [InlineData("a<b>&'c'", "<p>a&lt;b&gt;&amp;&apos;c&apos;</p>", "<p>***</p>")]
    [InlineData("sträßchen", "b'str\\xc3\\xa4\\xc3\\x9fchen'", "b'***'")]
    [InlineData("it's \"ä\"", "b'it\\'s \"\\xc3\\xa4\"'", "b'***'")]
    [InlineData("geheim-ä", "\"geheim-\\xC3\\xA4\" \"geheim-\\303\\244\"", "\"***\" \"***\"")]
    [InlineData("a b'ä", "$'a b\\'\\303\\244'", "$'***'")]
    [InlineData("  padded  ", "[padded]", "[***]")]
    public void A_secret_is_replaced_in_the_forms_it_may_be_written_in(string secret, string text, string expected)
    {
        var masks = new MaskSet();
        masks.Add(secret);

        Assert.Equal(expected, masks.Mask(text));
    }

    [Fact]
    public void Base64_is_masked_wherever_the_secret_lies_in_it_and_over_wrapped_lines()
    {
        const string Secret = "correct horse battery staple and a good deal more of it so that the text is wrapped twice or thrice over";
        var masks = new MaskSet();
        masks.Add(Secret);
        foreach (var prefix in new[] { "", "u", "u:", "user:" })
        {
            var masked = masks.Mask(Convert.ToBase64String(Encoding.UTF8.GetBytes(prefix + Secret + "@host")));
            Assert.Contains("***", masked, StringComparison.Ordinal);
            Assert.True(masked.Length < 20, masked);
        }

        var wrapped = Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret), Base64FormattingOptions.InsertLineBreaks);
        Assert.All(wrapped.Split("\r\n"), line => Assert.Equal("***", masks.Mask(line.TrimEnd('='))));
    }

    [Fact]
    public void Overlapping_secrets_leave_nothing_of_either()
    {
        var masks = new MaskSet();
        masks.Add("abcdef");
        masks.Add("defghi");
        masks.Add("cd");

        Assert.Equal("x***y", masks.Mask("xabcdefghiy"));
    }

    [Fact]
    public void A_secret_longer_than_the_longest_pattern_is_masked_piece_by_piece()
    {
        var secret = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i:x5}"));
        var masks = new MaskSet();
        masks.Add(secret);

        Assert.True(masks.Longest <= MaskSet.MaxPatternBytes);
        Assert.Equal("<***>", masks.Mask("<" + secret + ">"));
    }

    /// <summary>Random secrets in random text, read in random pieces: whatever the borders, no secret survives and nothing else is lost.</summary>
    [Fact]
    public void No_secret_leaks_however_the_stream_is_cut()
    {
        var generator =
            from seed in Gen.Choose(0, int.MaxValue - 1)
            from count in Gen.Choose(1, 6)
            select (seed, count);
        Prop.ForAll(generator.ToArbitrary(), input => Leaks(input.seed, input.count).Length == 0)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static string Leaks(int seed, int count)
    {
        var random = Seeded(seed);
        var alphabet = random.Next(3) switch { 0 => "ab", 1 => "abcdefghijklmnop\"\\/+é", _ => "abcXYZ0189-_=\n\t ß✓" };
        var secrets = Enumerable.Range(0, count).Select(_ => Word(random, alphabet, random.Next(1, 40))).Where(s => !string.IsNullOrWhiteSpace(s)).ToList();
        var masks = new MaskSet();
        foreach (var secret in secrets) masks.Add(secret);
        var text = new StringBuilder();
        for (var i = 0; i < 30; i++)
        {
            text.Append(random.Next(6) switch
            {
                0 when secrets.Count > 0 => secrets[random.Next(secrets.Count)],
                1 when secrets.Count > 0 => Convert.ToBase64String(Encoding.UTF8.GetBytes(Word(random, "xyz", random.Next(4)) + secrets[random.Next(secrets.Count)])),
                2 => "\n",
                3 => "\r\n",
                _ => Word(random, "QWRTPSDFG%&", random.Next(10)),
            });
        }

        var sink = new Collector();
        var splitter = new LineSplitter(masks, sink, TimeProvider.System);
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        for (var position = 0; position < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - position, random.Next(1, 25));
            bytes.AsSpan(position, length).CopyTo(splitter.Space());
            splitter.Advance(length);
            position += length;
        }

        splitter.Complete();
        foreach (var line in secrets.SelectMany(s => s.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries)).Where(l => !string.IsNullOrWhiteSpace(l)))
        {
            if (line.Contains('*', StringComparison.Ordinal)) continue;
            if (sink.Masked.Any(m => m.Contains(line, StringComparison.Ordinal))) return line;
        }

        // The whole text masked at once gives the same lines: borders change nothing.
        var expected = text.ToString().Split(["\r\n", "\n", "\r"], StringSplitOptions.None).Select(masks.Mask).ToList();
        if (expected[^1].Length == 0) expected.RemoveAt(expected.Count - 1);
        return expected.SequenceEqual(sink.Masked) ? "" : "lines differ";
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5394", Justification = "A seed that is printed with a failure.")]
    private static Random Seeded(int seed) => new(seed);

    private static string Word(Random random, string alphabet, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => alphabet[random.Next(alphabet.Length)]));

    private sealed class Collector : ILineSink
    {
        public void Pause()
        {
        }

        public List<string> Masked { get; } = [];

        public void Line(DateTimeOffset time, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> masked, bool whole) => Masked.Add(Encoding.UTF8.GetString(masked));
    }
}
