using System.Buffers;
using Capstan.Cli.Language;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.Plans;

/// <summary><c>capstan plan</c>: what would run and why, before anything runs.</summary>
internal static class PlanCommand
{
    private const string Help = """
        Shows what an event would run in a git working tree, and why: which workflows fire, their jobs and combinations, what is skipped, what waits for what, and which
        secrets each step can see. Nothing runs.

        Usage:
          capstan plan [WORKFLOW...] [options]

        Options:
          --event NAME         The event (default: push of the commit that is checked out)
          --ref REF            The branch or tag that is pushed, or that a pull request comes from
          --changed PATH       A path that the event changes (repeatable; default: what git says)
          --payload FILE       The event's payload, as JSON; what it does not say is made up from git
          --json               One JSON object, for programs
          -h, --help           Show this

        The options of 'capstan run' that say what happened and what is chosen count here too: --input, --github, --var, --job, --matrix, --platform, --strict-platforms.

        The exit code is 1 when a workflow is invalid or lacks an input, or when a job that is sure to run is sure to fail.

        Examples:
          capstan plan
          capstan plan --event pull_request --changed src/app.cs
          capstan plan --event push --ref v1.0.0 --json
        """;

    public static HotCommand Command { get; } =
        new("plan", "Show what an event would run, and why, before anything runs", Help, (arguments, terminal) =>
            RunCommand.Run(RunOptions.ParsePlan(arguments), terminal, TimeProvider.System));

    /// <summary>Prints the plan.</summary>
    /// <returns>The exit code.</returns>
    public static int Show(LocalPlan plan, bool asJson, Terminal terminal, TimeProvider clock)
    {
        if (asJson)
        {
            var output = new ArrayBufferWriter<byte>();
            JsonLines.Write(output, json =>
            {
                json.WriteStartObject();
                json.WriteString("t", clock.GetUtcNow().UtcDateTime);
                json.WriteString("type", "plan");
                PlanJson.Write(json, plan);
                json.WriteEndObject();
            });
            terminal.Bytes(output.WrittenSpan);
        }
        else
        {
            terminal.Text(new PlanTree(terminal).Draw(plan));
        }

        return plan.IsGood ? ExitCodes.Good : ExitCodes.Bad;
    }
}
