using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Capstan.Workflows.Tests.Matrices;

public sealed class MatrixExpansionTests
{
    [Theory]
    [InlineData("""{"os":["linux","windows"],"node":[18,20]}""", """[{"os":"linux","node":18},{"os":"linux","node":20},{"os":"windows","node":18},{"os":"windows","node":20}]""")]
    [InlineData("""{"a":[1,2],"b":[1],"c":[true,null]}""", """[{"a":1,"b":1,"c":true},{"a":1,"b":1,"c":null},{"a":2,"b":1,"c":true},{"a":2,"b":1,"c":null}]""")]
    [InlineData("""{"x":[{"a":1},[2,3]]}""", """[{"x":{"a":1}},{"x":[2,3]}]""")]
    [InlineData("""{"A":["A","B"]}""", """[{"A":"A"},{"A":"B"}]""")]
    public void Vectors_multiply_with_the_first_one_slowest(string matrix, string combinations) => Assert.Equal(combinations, Expand(matrix));

    [Theory]
    [InlineData("""{"os":["l","w"],"n":[1,2],"exclude":[{"os":"l","n":2}]}""", """[{"os":"l","n":1},{"os":"w","n":1},{"os":"w","n":2}]""")]
    [InlineData("""{"os":["l","w"],"n":[1,2],"exclude":[{"os":"L"},{"n":"2"}]}""", """[{"os":"w","n":1}]""")]
    [InlineData("""{"exclude":[{"x":{"a":1}}],"x":[{"a":1,"b":1},{"a":2,"b":1}]}""", """[{"x":{"a":2,"b":1}}]""")]
    [InlineData("""{"x":[[1,2],[1,3],4],"exclude":[{"x":[1,2]}]}""", """[{"x":[1,3]},{"x":4}]""")]
    [InlineData("""{"x":[1],"exclude":[{"x":1}]}""", "[]")]
    [InlineData("""{"x":[1],"exclude":[{"x":1}],"include":[{"x":1}]}""", """[{"x":1}]""")]
    [InlineData("""{"x":[1],"exclude":[]}""", """[{"x":1}]""")]
    public void Exclude_takes_out_what_has_all_its_values(string matrix, string combinations) => Assert.Equal(combinations, Expand(matrix));

    [Theory]
    [InlineData("""{"include":[{"a":1},{"a":2}]}""", """[{"a":1},{"a":2}]""")]
    [InlineData("""{"os":["l","w"],"include":[{"os":"w","fast":true}]}""", """[{"os":"l"},{"os":"w","fast":true}]""")]
    [InlineData("""{"os":["l","w"],"include":[{"fast":true}]}""", """[{"os":"l","fast":true},{"os":"w","fast":true}]""")]
    [InlineData("""{"os":["l"],"include":[{"fast":1},{"fast":2,"os":"l"},{"os":"m","fast":3}]}""", """[{"os":"l","fast":2},{"os":"m","fast":3}]""")]
    [InlineData("""{"os":["l"],"n":[1],"include":[{"extra":1,"n":2,"os":"l"}]}""", """[{"os":"l","n":1},{"n":2,"os":"l","extra":1}]""")]
    [InlineData("""{"os":["l"],"include":[{"OS":"L","More":1}]}""", """[{"os":"l","More":1}]""")]
    public void Include_extends_what_it_matches_and_stands_for_itself_otherwise(string matrix, string combinations) => Assert.Equal(combinations, Expand(matrix));

    /// <summary>Source: https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations#expanding-or-adding-matrix-configurations</summary>
    [Fact]
    public void The_documented_example_gives_the_documented_jobs() => Assert.Equal(
        """
        [{"fruit":"apple","animal":"cat","color":"pink","shape":"circle"},{"fruit":"apple","animal":"dog","color":"green","shape":"circle"},{"fruit":"pear","animal":"cat","color":"pink"},{"fruit":"pear","animal":"dog","color":"green"},{"fruit":"banana"},{"fruit":"banana","animal":"cat"}]
        """,
        Expand("""
            {"fruit":["apple","pear"],"animal":["cat","dog"],
             "include":[{"color":"green"},{"color":"pink","animal":"cat"},{"fruit":"apple","shape":"circle"},{"fruit":"banana"},{"fruit":"banana","animal":"cat"}]}
            """));

    [Theory]
    [InlineData("{}", "Matrix must define at least one vector")]
    [InlineData("""{"include":[]}""", "Matrix must define at least one vector")]
    [InlineData("""{"exclude":[]}""", "Matrix must define at least one vector")]
    [InlineData("""{"x":[]}""", "Matrix vector 'x' does not contain any values")]
    [InlineData("""{"x":"y"}""", "Matrix vector 'x' must be a list of values, not 'y'")]
    [InlineData("""{"x":[1],"include":{"a":1}}""", "Matrix 'include' must be a list of mappings, not a mapping")]
    [InlineData("""{"x":[1],"include":[1]}""", "An entry of matrix 'include' must be a mapping, not 1")]
    [InlineData("""{"x":[1],"include":[{}]}""", "Matrix include mapping does not contain any values")]
    [InlineData("""{"x":[1],"exclude":[{}]}""", "Matrix exclude filter must not be empty")]
    [InlineData("""{"x":[1],"exclude":[{"y":1,"z":2}]}""", "Matrix exclude key 'y' does not match any key within the matrix; Matrix exclude key 'z' does not match any key within the matrix")]
    [InlineData("""{"x":[],"y":null,"exclude":[{"x":1}]}""", "Matrix vector 'x' does not contain any values; Matrix vector 'y' must be a list of values, not nothing")]
    [InlineData("null", "The matrix must be a mapping of keys to lists, not nothing")]
    [InlineData("[1]", "The matrix must be a mapping of keys to lists, not a list")]
    public void A_wrong_matrix_says_everything_that_is_wrong(string matrix, string message) => Assert.Equal(message, MatrixExpansion.Expand(ValueJson.Parse(matrix)).Message);

    [Fact]
    public void An_error_has_a_path_into_the_matrix() =>
        Assert.Equal(["exclude", 0, "y"], MatrixExpansion.Expand(ValueJson.Parse("""{"x":[1],"exclude":[{"y":1}]}""")).Errors.Single().Path);

    [Fact]
    public void A_matrix_at_the_limit_is_expanded_and_one_larger_is_not()
    {
        Assert.Equal(MatrixExpansion.MaxJobs, MatrixExpansion.Expand(Square(16, 16)).Combinations.Count);
        Assert.Equal("The matrix makes 272 jobs; at most 256 are allowed", MatrixExpansion.Expand(Square(16, 17)).Message);
    }

    [Fact]
    public void Only_what_exclude_leaves_counts_for_the_limit() =>
        Assert.Equal(240, MatrixExpansion.Expand(ValueJson.Parse($$"""{"a":{{List(16)}},"b":{{List(17)}},"exclude":[{"b":0},{"b":1}]}""")).Combinations.Count);

    [Fact]
    public void A_product_beyond_counting_is_refused_at_once()
    {
        var vectors = string.Join(',', Enumerable.Range(0, 60).Select(index => $"\"v{index}\":{List(200)}"));

        Assert.Contains("more than 65536 combinations", MatrixExpansion.Expand(ValueJson.Parse($$"""{{{vectors}}}""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_has_its_own_values_whatever_is_included()
    {
        var small = Gen.Choose(1, 3).Select(number => number.ToString());
        var vectors = Gen.Choose(1, 4).ListOf(3);
        var entries = Gen.Elements("a", "b", "c", "x", "y").Zip(small).ListOf().Where(list => list.Count > 0).ListOf();
        Prop.ForAll(vectors.Zip(entries).ToArbitrary(), pair =>
        {
            var (lengths, includes) = pair;
            var matrix = string.Join(',', "abc".Zip(lengths, (name, length) => $"\"{name}\":{List(length)}"));
            var include = string.Join(',', includes.Select(entry => $"{{{string.Join(',', entry.DistinctBy(value => value.Item1).Select(value => $"\"{value.Item1}\":{value.Item2}"))}}}"));
            var plain = MatrixExpansion.Expand(ValueJson.Parse($"{{{matrix}}}")).Combinations;
            var extended = MatrixExpansion.Expand(ValueJson.Parse($"{{{matrix},\"include\":[{include}]}}")).Combinations;
            return extended.Count >= plain.Count
                && extended.Count <= plain.Count + includes.Count
                && plain.Zip(extended).All(both => both.First.NameParts.SequenceEqual(both.Second.NameParts)
                    && both.First.Values.Properties.All(property => ValueComparison.AreEqual(property.Value, both.Second.Values.Find(property.Key)!)));
        }).QuickCheckThrowOnFailure();
    }

    private static Value Square(int width, int height) => ValueJson.Parse($$"""{"a":{{List(width)}},"b":{{List(height)}}}""");

    private static string List(int count) => $"[{string.Join(',', Enumerable.Range(0, count))}]";

    private static string Expand(string matrix)
    {
        var result = MatrixExpansion.Expand(ValueJson.Parse(matrix));
        Assert.True(result.IsValid, result.Message);
        return ValueJson.ToElement(new ArrayValue([.. result.Combinations.Select(combination => combination.Values)])).GetRawText();
    }
}
