using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

public sealed class ExplanationTests
{
    private const string Contexts = """
        {"github":{"ref":"refs/heads/x","event_name":"push","token":"ghs_1"},"secrets":{"KEY":"k3y","JSON":"{\"a\":\"s\"}"},"needs":{"a":{"result":"failure"},"b":{"result":"success"}},"matrix":{"os":"linux"}}
        """;

    [Theory]
    [InlineData("success() && github.ref == 'refs/heads/main'", "false (github.ref is 'refs/heads/x')")]
    [InlineData("failure() && github.ref == 'refs/heads/main'", "false (failure() is false)")]
    [InlineData("success() && github.event_name == 'push'", "true (success() is true, github.event_name is 'push')")]
    [InlineData("github.event_name == 'release' || needs.a.result == 'failure'", "true (needs.a.result is 'failure')")]
    [InlineData("github.event_name == 'release' || github.ref == 'y'", "false (github.event_name is 'push', github.ref is 'refs/heads/x')")]
    [InlineData("!contains(needs.*.result, 'failure')", "false (needs.*.result is ['failure', 'success'])")]
    [InlineData("needs[format('{0}', 'b')].result", "'success' (needs[format('{0}', 'b')].result is 'success')")]
    [InlineData("always()", "true")]
    [InlineData("false", "false")]
    [InlineData("(github.ref == 'a' || matrix.os == 'mac') && true", "false (github.ref is 'refs/heads/x', matrix.os is 'linux')")]
    [InlineData("github.missing", "null (github.missing is null)")]
    [InlineData("secrets.KEY == 'a' && github.token", "false (secrets.KEY is not shown)")]
    [InlineData("github.token == 'a'", "false (github.token is not shown)")]
    [InlineData("github['tok' == 'en'] == 'a'", "false (github['tok' == 'en'] is not shown)")]
    [InlineData("fromJSON(secrets.JSON).a == 'b'", "false (fromJSON(secrets.JSON).a is not shown)")]
    [InlineData("contains(toJSON(github), 'ghs_2')", "false (github is not shown)")]
    [InlineData("github.*[0] == 1", "false (github.*[0] is not shown)")]
    [InlineData("secrets.KEY && true", "true (secrets.KEY is not shown)")]
    public void Only_what_decided_is_named(string expression, string result) =>
        Assert.Equal($"{expression} => {result}", Evaluate.Explain(expression, Contexts, new FixedStatus("success")).ToString());

    [Theory]
    [InlineData("success() && (github.ref == 'a')", "success", "github.ref == 'a' => false (github.ref is 'refs/heads/x')")]
    [InlineData("success() && (github.event_name == 'push')", "success", "github.event_name == 'push' => true (github.event_name is 'push')")]
    [InlineData("success() && (github.event_name == 'push')", "failure", "success() => false (success() is false)")]
    public void The_success_that_nobody_wrote_is_only_named_where_it_decided(string condition, string status, string explanation) =>
        Assert.Equal(explanation, Evaluate.Explain(condition, Contexts, new FixedStatus(status)).ToString());

    [Fact]
    public void A_result_that_may_be_a_secret_is_not_shown() =>
        Assert.Equal("secrets.KEY => a value that is not shown (secrets.KEY is not shown)", Evaluate.Explain("secrets.KEY", Contexts).ToString());

    [Fact]
    public void A_long_value_is_cut() => Assert.Equal(
        $"'{new string('x', 99)}…",
        Evaluate.Explain("github.ref == 1", $$$"""{"github":{"ref":"{{{new string('x', 5000)}}}"}}""").Facts[0].Value);
}
