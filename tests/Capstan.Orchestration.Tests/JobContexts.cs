using Capstan.Contracts;
using Capstan.Orchestration.Calls;
using Capstan.Workflows.Expressions;
using Xunit;
using static Capstan.Orchestration.Tests.Workflow;

namespace Capstan.Orchestration.Tests;

/// <summary>A server writes a job's contexts for its runner, and a local run hands them over as they are: a job must not be able to tell which.</summary>
public sealed class JobContexts
{
    private static readonly RunPlan Plan = RunPlan.Of(Workflow.Of(Job("a"), Job("b", needs: ["a"], matrix: Matrix(2)), Call(Job("call", needs: ["a"]), Called(["to"], [], Job("it")))));

    private static readonly ObjectValue Strategy = new([new("job-index", Value.Of(1)), new("fail-fast", Value.True)]);

    private static readonly ObjectValue Combination = new([new("n", Value.Of(0.5)), new("os", new ObjectValue([new("name", Value.Of("a\"<é>\u2028"))]))]);

    private static readonly ObjectValue NoNumbers = new([new("n", new ArrayValue([Value.Of(double.NaN), Value.Of(double.NegativeInfinity), Value.Of(-0.0)]))]);

    private static readonly NodeState Need = new()
    {
        Key = "a",
        OpenNeeds = 0,
        Result = Conclusion.Failure,
        Outputs = new Dictionary<string, string> { ["v"] = "1\n2", ["V2"] = "" },
    };

    private static readonly EnvironmentValues Environment = new() { Vars = new Dictionary<string, string> { ["region"] = "us", ["OTHER"] = "1" } };

    [Fact]
    public void A_job_with_nothing_of_its_own_gets_the_same_either_way() => Same(new RunContexts(Facts.OfAPush), "a", [], null, null, EnvironmentValues.None);

    [Fact]
    public void So_does_one_with_needs_a_matrix_and_an_environment() => Same(new RunContexts(Facts.OfAPush), "b", [Need], Combination, null, Environment);

    [Fact]
    public void What_JSON_has_no_number_for_is_text_either_way()
    {
        var contexts = Same(new RunContexts(Facts.OfAPush), "b", [Need], NoNumbers, null, EnvironmentValues.None);

        Assert.Equal(["NaN", "-Infinity"], Assert.IsType<ArrayValue>(Find(contexts, "matrix", "n")).Items.OfType<StringValue>().Select(item => item.Data));
    }

    [Fact]
    public void A_payload_with_a_number_beyond_all_is_read_the_same_either_way()
    {
        var facts = Facts.OfAPush with { ReadEvent = () => ValueJson.Parse("""{"big":1e400}""") };

        var contexts = Same(new RunContexts(facts), "b", [Need], null, null, EnvironmentValues.None);

        Assert.Equal("Infinity", Assert.IsType<StringValue>(Find(contexts, "github", "event", "big")).Data);
    }

    [Fact]
    public void A_job_of_a_called_workflow_gets_the_same_either_way()
    {
        var call = new CallFacts("call", Matrix: null, Strategy, new ObjectValue([new("to", Value.Of("live")), new("count", Value.Of(3))]));

        Same(new RunContexts(Facts.OfAPush), "call/it", [], null, call, Environment);
    }

    [Fact]
    public void A_job_whose_github_context_is_partly_given_gets_the_same_either_way()
    {
        var facts = Facts.OfAPush with { GithubOverrides = new Dictionary<string, string> { ["job"] = "given", ["Actor"] = "bob", ["more"] = "1" } };

        Same(new RunContexts(facts), "a", [], null, null, EnvironmentValues.None);
    }

    [Fact]
    public void Contexts_are_the_same_for_each_job_of_a_run_but_for_what_is_the_jobs_own()
    {
        var contexts = new RunContexts(Facts.OfAPush);
        Same(contexts, "b", [Need], Combination, null, Environment);

        var later = Same(contexts, "a", [], null, null, EnvironmentValues.None);

        Assert.Equal(("a", "refs/heads/main", "eu", "true"), (Text(later, "github", "job"), Text(later, "github", "ref"), Text(later, "vars", "REGION"), Text(later, "inputs", "deploy")));
        Assert.Null(Find(later, "vars", "OTHER"));
        Assert.Empty(Assert.IsType<ObjectValue>(Find(later, "needs")).Properties);
    }

    private static ObjectValue Same(RunContexts contexts, string key, NodeState[] needs, ObjectValue? matrix, CallFacts? within, EnvironmentValues environment)
    {
        var local = contexts.ForOrder(Plan[key], needs, matrix, Strategy, within, environment);
        var message = contexts.ForMessage(Plan[key], needs, matrix, Strategy, within, environment);

        Assert.Equal(ValueJson.ToElement(ValueJson.Read(message)).GetRawText(), ValueJson.ToElement(local).GetRawText());
        Assert.Equal(["github", "job", "needs", "strategy", "matrix", "vars", "inputs"], local.Properties.Select(context => context.Key));
        return local;
    }

    private static string Text(Value contexts, params string[] path) => ValueText.Of(Find(contexts, path)!);

    private static Value? Find(Value contexts, params string[] path) => path.Aggregate<string, Value?>(contexts, (value, name) => ((ObjectValue)value!).Find(name));
}
