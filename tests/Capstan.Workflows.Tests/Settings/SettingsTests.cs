using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Settings;
using Capstan.Workflows.Templates;
using Xunit;

namespace Capstan.Workflows.Tests.Settings;

/// <summary>What a job's parts come to with a matrix: each line is a key of a job, and its settings in one text or the mistake at its place.</summary>
public sealed class SettingsTests
{
    private const string Matrix = """
        { "image": "node:20", "none": "", "list": ["a"], "group": "G", "yes": true,
          "container": { "image": "docker://pg", "env": { "A": 1 }, "ports": [80, ""], "credentials": { "username": "u", "password": "p" } },
          "services": { "db": "pg", "cache": { "image": "redis", "command": "-v" } },
          "environment": { "name": "prod", "url": "https://x", "deployment": false }, "concurrency": { "group": "G", "queue": "max" } }
        """;

    [Theory]
    [InlineData("node", "node [] [] []")]
    [InlineData("docker://node", "node [] [] []")]
    [InlineData("''", "none")]
    [InlineData("'${{ matrix.none }}'", "none")]
    [InlineData("'${{ matrix.container }}'", "pg [A=1] [80] [] u:***")]
    [InlineData("{ image: '${{ matrix.none }}', env: { A: 1 } }", "none")]
    [InlineData("{ image: '${{ matrix.image }}', env: { A: '${{ matrix.group }}' }, ports: [80, '${{ matrix.none }}'], volumes: [/a:/b], options: -x }", "node:20 [A=G] [80] [/a:/b] -x")]
    [InlineData("{ image: a, credentials: { username: '${{ matrix.none }}', password: '${{ matrix.none }}' } }", "a [] [] []")]
    [InlineData("{ image: '${{ matrix.list }}' }", "4:25 'image' must be a text, not a list")]
    [InlineData("{ image: a, ports: '${{ matrix.image }}' }", "4:35 'ports' must be a list")]
    [InlineData("'${{ fromJSON(''{\"db\":1}'') }}'", "4:16 Unexpected value 'db'; allowed are: image, credentials, env, ports, volumes, options, entrypoint, command")]
    public void A_container_is_its_image_with_what_it_is_started_with(string container, string expected) =>
        AssertSettings($"container: {container}", expected, (job, context) => Show(ContainerSettings.Evaluate(job.Container!, context), Show));

    [Theory]
    [InlineData("{ db: pg, other: { image: '${{ matrix.image }}', entrypoint: sh, command: '-c x' } }", "db: pg [] [] [] | other: node:20 [] [] [] sh -c x")]
    [InlineData("{ db: '${{ matrix.none }}' }", "db: none")]
    [InlineData("'${{ matrix.services }}'", "db: pg [] [] [] | cache: redis [] [] [] -v")]
    public void Services_are_containers_by_name(string services, string expected) => AssertSettings(
        $"services: {services}",
        expected,
        (job, context) => Show(ContainerSettings.EvaluateServices(job.Services!, context), all => string.Join(" | ", all.Select(service => $"{service.Key}: {Show(service.Value)}"))));

    [Theory]
    [InlineData("deploy", "deploy False Single")]
    [InlineData("'${{ matrix.group }}'", "G False Single")]
    [InlineData("'${{ matrix.concurrency }}'", "G False Max")]
    [InlineData("{ group: 'a-${{ matrix.group }}', cancel-in-progress: '${{ matrix.yes }}' }", "a-G True Single")]
    [InlineData("{ group: a, queue: max, cancel-in-progress: '${{ matrix.yes }}' }", "4:18 'cancel-in-progress: true' and 'queue: max' cannot be used together")]
    [InlineData("'${{ matrix.none }}'", "4:18 Concurrency group name cannot be empty")]
    [InlineData("{ group: a, cancel-in-progress: '${{ matrix.image }}' }", "4:50 'cancel-in-progress' must be true or false")]
    [InlineData("{ group: a, queue: '${{ matrix.image }}' }", "4:37 Unexpected value 'node:20'; allowed are: single, max")]
    public void A_concurrency_group_has_a_name_and_says_who_waits(string concurrency, string expected) => AssertSettings(
        $"concurrency: {concurrency}",
        expected,
        (job, context) => Show(ConcurrencySettings.Evaluate(job.Concurrency!, context), found => $"{found.Group} {found.CancelInProgress} {found.Queue}"));

    [Theory]
    [InlineData("prod", "prod True ")]
    [InlineData("'${{ matrix.none }}'", " True ")]
    [InlineData("{ name: '${{ matrix.group }}', url: '${{ steps.x.outputs.url }}' }", "G True steps.x.outputs.url")]
    [InlineData("{ name: prod, deployment: false }", "prod False ")]
    [InlineData("'${{ matrix.environment }}'", "prod False https://x")]
    [InlineData("{ name: prod, deployment: '${{ matrix.image }}' }", "4:44 'deployment' must be true or false")]
    [InlineData("'${{ fromJSON(''\"a\\u0001\"'') }}'", "4:18 An environment's name holds no control characters")]
    [InlineData("'  '", "4:18 An environment's name is not blank")]
    [InlineData("'..'", "4:18 An environment cannot be called '..'")]
    public void An_environment_has_a_name_and_an_address_for_later(string environment, string expected) => AssertSettings(
        $"environment: {environment}",
        expected,
        (job, context) => Show(
            EnvironmentSettings.Evaluate(job.Environment!, context), found => $"{found.Name} {found.Deployment} {(found.Url as ExpressionToken)?.Expression ?? (found.Url as StringToken)?.Value}"));

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void The_name_of_an_environment_has_a_limit(int length, bool allowed) =>
        Assert.Equal(allowed, EnvironmentSettings.NameProblem(new string('x', length)) is null);

    [Theory]
    [InlineData("https://example.org/a?b#c", true)]
    [InlineData("HTTP://localhost:8080", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("//example.org", false)]
    [InlineData("example.org", false)]
    [InlineData("https://", false)]
    [InlineData("", false)]
    public void Only_what_a_browser_may_be_led_to_is_an_address(string url, bool isAddress) => Assert.Equal(isAddress, EnvironmentSettings.IsAddress(url));

    [Fact]
    public void An_address_has_a_limit()
    {
        const string Start = "https://x/";
        Assert.True(EnvironmentSettings.IsAddress(Start + new string('y', EnvironmentSettings.MaxUrlLength - Start.Length)));
        Assert.False(EnvironmentSettings.IsAddress(Start + new string('y', EnvironmentSettings.MaxUrlLength - Start.Length + 1)));
    }

    [Theory]
    [InlineData("{ s: '${{ matrix.yes }}', n: 2 }", "s=true b=false n=2 d=G!")]
    [InlineData("{ S: 1.5, b: '${{ matrix.yes }}', d: '' }", "s=1.5 b=true n=0 d=")]
    [InlineData("{ b: '${{ matrix.image }}' }", "4:16 Unexpected value 'node:20': input b is a boolean")]
    [InlineData("{ s: '${{ matrix.list }}' }", "4:16 Unexpected value 'Array': input s is a string")]
    public void A_called_workflow_sees_inputs_of_the_types_it_declares(string with, string expected)
    {
        const string Called = "on: { workflow_call: { inputs: { s: { type: string }, b: { type: boolean }, n: { type: number }, d: { type: string, default: '${{ github.x }}!' } } } }\njobs: { a: { runs-on: x } }";
        var declared = WorkflowReader.Read("c.yml", Called).Definition!.Triggers[0].Inputs;
        var job = WorkflowReader.Read("w.yml", $"on: push\njobs:\n  a:\n    with: {with}\n    uses: ./c.yml\n").Definition!.Jobs[0];
        var called = new EvaluationContext { Contexts = new Dictionary<string, Value> { ["github"] = ValueJson.Parse("""{ "x": "G" }""") } };

        var result = CallInputs.Evaluate(declared, job.With, Context(), called);

        Assert.Equal(expected, Show(result, inputs => string.Join(' ', inputs.Properties.Select(input => $"{input.Key}={ValueText.Of(input.Value)}"))));
    }

    private static void AssertSettings(string key, string expected, Func<JobDefinition, EvaluationContext, string> show)
    {
        var job = WorkflowReader.Read("w.yml", $"on: push\njobs:\n  a:\n    {key}\n    runs-on: x\n    steps: [ {{ run: a }} ]\n").Definition!.Jobs[0];

        Assert.Equal(expected, show(job, Context()));
    }

    private static EvaluationContext Context() => new() { Contexts = new Dictionary<string, Value> { ["matrix"] = ValueJson.Parse(Matrix) } };

    private static string Show<T>(TemplateResult<T> result, Func<T, string> show)
        where T : notnull => result.IsValid ? show(result.Value) : string.Join("; ", result.Diagnostics.Select(found => $"{found.Place} {found.Message}"));

    private static string Show(ContainerSettings found) => found == ContainerSettings.None
        ? "none"
        : string.Join(
            ' ',
            ((string?[])
            [
                found.Image, $"[{string.Join(' ', found.Env.Select(entry => $"{entry.Key}={entry.Value}"))}]", $"[{string.Join(' ', found.Ports)}]", $"[{string.Join(' ', found.Volumes)}]",
                found.Credentials?.ToString(), found.Options, found.Entrypoint, found.Command,
            ]).Where(part => !string.IsNullOrEmpty(part)));
}
