namespace Capstan.Workflows.Expressions;

/// <content>
/// Which contexts and functions may be used where, by the workflow key as GitHub's page names it.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
/// </content>
public sealed partial class ExpressionRules
{
    /// <summary>The condition of a job.</summary>
    public static ExpressionRules JobIf => Table.ByPlace["jobs.<job_id>.if"];

    /// <summary>The condition of a step.</summary>
    public static ExpressionRules StepIf => Table.ByPlace["jobs.<job_id>.steps.if"];

    /// <summary>Everything else of a step: what it runs, its inputs and environment.</summary>
    public static ExpressionRules StepRun => Table.ByPlace["jobs.<job_id>.steps.run"];

    /// <summary>Every place of the table.</summary>
    internal static IEnumerable<string> Places => Table.ByPlace.Keys;

    /// <param name="place">A key of GitHub's table, for example <c>jobs.&lt;job_id&gt;.outputs.&lt;output_id&gt;</c>; of a manifest
    /// with <c>action.</c> before it.</param>
    /// <returns>Null for a key at which no expression may stand.</returns>
    public static ExpressionRules? At(string place) => Table.ByPlace.GetValueOrDefault(place);

    /// <summary>Apart, so that a program which only evaluates does not build it.</summary>
    private static class Table
    {
        private const string Status = "always(0,0) cancelled(0,0) failure(0,MAX) success(0,MAX)";
        private const string StepStatus = "always(0,0) cancelled(0,0) failure(0,0) success(0,0)";
        private const string HashFiles = "hashFiles(1,255)";
        private const string Workflow = "github inputs vars";
        private const string Job = "github inputs vars needs strategy matrix";
        /// <summary>GitHub's schema has the steps as well, which its page leaves out: nobody is refused for it.</summary>
        private const string Container = Job + " env job runner secrets steps";

        private const string Step = Job + " job runner env steps";
        private const string Action = "github inputs strategy matrix job runner env";

        public static readonly Dictionary<string, ExpressionRules> ByPlace = new(StringComparer.Ordinal)
        {
            ["run-name"] = Words(Workflow),
            ["concurrency"] = Words(Workflow),
            ["env"] = Words(Workflow + " secrets"),
            ["on.workflow_call.inputs.<inputs_id>.default"] = Words(Workflow),
            ["on.workflow_call.outputs.<output_id>.value"] = Words(Workflow + " jobs"),
            ["jobs.<job_id>.concurrency"] = Words(Job),
            ["jobs.<job_id>.container"] = Words(Job),
            ["jobs.<job_id>.container.credentials"] = Words(Job + " env secrets"),
            ["jobs.<job_id>.container.env.<env_id>"] = Words(Container),
            ["jobs.<job_id>.container.image"] = Words(Job),
            ["jobs.<job_id>.continue-on-error"] = Words(Job),
            ["jobs.<job_id>.defaults.run"] = Words(Job + " env"),
            ["jobs.<job_id>.env"] = Words(Job + " secrets"),
            ["jobs.<job_id>.environment"] = Words(Job),
            ["jobs.<job_id>.environment.url"] = Words(Step),
            ["jobs.<job_id>.if"] = Words("github inputs vars needs", Status),
            ["jobs.<job_id>.name"] = Words(Job),
            ["jobs.<job_id>.outputs.<output_id>"] = Words(Step + " secrets"),
            ["jobs.<job_id>.runs-on"] = Words(Job),
            ["jobs.<job_id>.secrets.<secrets_id>"] = Words(Job + " secrets"),
            ["jobs.<job_id>.services"] = Words(Job),
            ["jobs.<job_id>.services.<service_id>.credentials"] = Words(Job + " env secrets"),
            ["jobs.<job_id>.services.<service_id>.env.<env_id>"] = Words(Container),
            ["jobs.<job_id>.snapshot.if"] = Words(Job, Status),
            ["jobs.<job_id>.steps.continue-on-error"] = Words(Step + " secrets", HashFiles),
            ["jobs.<job_id>.steps.env"] = Words(Step + " secrets", HashFiles),
            ["jobs.<job_id>.steps.if"] = Words(Step, StepStatus, HashFiles),
            ["jobs.<job_id>.steps.name"] = Words(Step + " secrets", HashFiles),
            ["jobs.<job_id>.steps.run"] = Words(Step + " secrets", HashFiles),
            ["jobs.<job_id>.steps.timeout-minutes"] = Words(Step + " secrets", HashFiles),
            ["jobs.<job_id>.steps.with"] = Words(Step + " secrets", HashFiles),
            ["jobs.<job_id>.steps.working-directory"] = Words(Step + " secrets", HashFiles),
            ["jobs.<job_id>.strategy"] = Words("github inputs vars needs"),
            ["jobs.<job_id>.timeout-minutes"] = Words(Job),
            ["jobs.<job_id>.with.<with_id>"] = Words(Job),

            // Of action manifests, which the page leaves out.
            ["action.inputs.<input_id>.default"] = Words("github strategy matrix job runner", HashFiles),
            ["action.outputs.<output_id>.value"] = Words(Action + " steps"),
            ["action.runs.args"] = Words("inputs"),
            ["action.runs.env"] = Words("inputs"),
            ["action.runs.post-if"] = Words(Action, StepStatus, HashFiles),
            ["action.runs.pre-if"] = Words(Action, StepStatus, HashFiles),
            ["action.runs.steps.if"] = Words(Action + " steps", StepStatus, HashFiles),
            ["action.runs.steps.run"] = Words(Action + " steps", HashFiles),
        };

        private static ExpressionRules Words(params string[] lists)
        {
            var words = new List<string>();
            foreach (var list in lists)
            {
                words.AddRange(TextParts.Of(list, ' '));
            }

            return Allow(words);
        }
    }
}
