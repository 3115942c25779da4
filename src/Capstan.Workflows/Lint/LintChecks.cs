namespace Capstan.Workflows.Lint;

/// <summary>The table of all kinds of findings. A rule reports by naming its line here; nothing else knows names, severities and links.</summary>
public static class LintChecks
{
    private static readonly List<LintCheck> Table = [];

    private const string Docs = "https://docs.github.com/en/actions/";
    private const string Syntax = Docs + "reference/workflows-and-actions/workflow-syntax";
    private const string Contexts = Docs + "reference/workflows-and-actions/contexts";
    private const string Expressions = Docs + "reference/workflows-and-actions/expressions";
    private const string Metadata = Docs + "reference/workflows-and-actions/metadata-syntax";
    private const string Events = Docs + "reference/workflows-and-actions/events-that-trigger-workflows";
    private const string Reuse = Docs + "reference/workflows-and-actions/reusing-workflow-configurations";
    private const string Secure = Docs + "reference/security/secure-use";
    private const string Runners = Docs + "reference/runners/github-hosted-runners";

    public static readonly LintCheck Yaml = Error("syntax-check", "yaml", "the file is no YAML, or exceeds a limit", "https://yaml.org/spec/1.2.2/");
    public static readonly LintCheck UnusedAnchor = Warning("syntax-check", "unused-anchor",
        "an anchor that no alias names", "https://yaml.org/spec/1.2.2/#3222-anchors-and-aliases");
    public static readonly LintCheck UnknownKey = Error("syntax-check", "unknown-key", "a key that this place does not take", Syntax);
    public static readonly LintCheck DuplicateKey = Error("syntax-check", "duplicate-key", "a key stands twice in one mapping, case ignored", Syntax);
    public static readonly LintCheck MissingKey = Error("syntax-check", "missing-key", "a key is missing that this mapping needs", Syntax);
    public static readonly LintCheck KeyWithUses = Error("syntax-check", "key-not-with-uses",
        "a key that only goes with, or only without, 'uses' of a job", Syntax + "#jobsjob_iduses");
    public static readonly LintCheck WrongNode = Error("syntax-check", "wrong-node-type", "a text, list or mapping where another is expected", Syntax);
    public static readonly LintCheck WrongValue = Error("syntax-check", "wrong-value", "a text that is not one of those allowed here", Syntax);
    public static readonly LintCheck WrongLiteral = Error("syntax-check", "expression-or-literal",
        "neither a literal of the right type nor one whole expression", Syntax);
    public static readonly LintCheck Empty = Warning("syntax-check", "empty-value", "a section or text with nothing in it", Syntax);
    public static readonly LintCheck NotPositive = Warning("syntax-check", "not-positive", "a number that must be above zero", Syntax);
    public static readonly LintCheck ScheduleWithoutCron = Error("syntax-check", "schedule-not-mapping",
        "'schedule' without its list of cron lines", Events + "#schedule");
    public static readonly LintCheck InputShape = Error("syntax-check", "input-definition",
        "an input, output or secret that lacks a key or names an unknown type", Syntax + "#onworkflow_callinputs");

    public static readonly LintCheck BadId = Error("id", "bad-id", "an id that is not of letters, digits, '-' and '_', or is taken", Syntax + "#jobsjob_id");
    public static readonly LintCheck NeedsUnknown = Error("job-needs", "unknown-need", "'needs' names a job that is not there", Syntax + "#jobsjob_idneeds");
    public static readonly LintCheck NeedsCycle = Error("job-needs", "needs-cycle", "jobs wait for each other", Syntax + "#jobsjob_idneeds");
    public static readonly LintCheck NeedsTwice = Warning("job-needs", "duplicate-need", "a job stands twice in 'needs'", Syntax + "#jobsjob_idneeds");

    public static readonly LintCheck UnknownEvent = Error("events", "unknown-event", "no such event", Events);
    public static readonly LintCheck UnknownActivity = Error("events", "unknown-activity-type", "the event has no such activity type", Events);
    public static readonly LintCheck FilterNotAvailable = Error("events", "filter-not-available",
        "a filter that the event does not have", Syntax + "#onevent_nametypes");
    public static readonly LintCheck FilterPair = Error("events", "filter-and-ignore",
        "a filter and its '-ignore' form together", Syntax + "#onpushbranchestagsbranches-ignoretags-ignore");
    public static readonly LintCheck WorkflowRunWithoutWorkflows = Warning("events", "no-workflows",
        "'workflow_run' does not say after which workflows", Events + "#workflow_run");
    public static readonly LintCheck BadCron = Error("events", "bad-cron", "a schedule that is no cron expression of five fields", Events + "#schedule");
    public static readonly LintCheck FrequentCron = Warning("events", "cron-too-frequent", "a schedule of less than five minutes", Events + "#schedule");
    public static readonly LintCheck BadTimeZone = Error("events", "bad-timezone", "no name of the IANA time zone database", Events + "#schedule");
    public static readonly LintCheck InputValue = Warning("events", "input-definition",
        "an input's default or options do not fit its type", Syntax + "#onworkflow_dispatchinputs");

    public static readonly LintCheck BadGlob = Warning("glob", "bad-glob",
        "a filter pattern that is malformed or can match nothing", Syntax + "#filter-pattern-cheat-sheet");
    public static readonly LintCheck UnknownPermission = Error("permissions", "unknown-permission", "no such permission", Syntax + "#permissions");
    public static readonly LintCheck BadPermission = Error("permissions", "bad-permission-value",
        "the permission does not take this value", Syntax + "#permissions");

    public static readonly LintCheck Deadlock = Warning("concurrency", "own-workflow-group",
        "a job in the concurrency group of its own workflow", Syntax + "#concurrency");
    public static readonly LintCheck BadMatrix = Error("matrix", "bad-matrix",
        "a matrix that makes no jobs, or an exclude that GitHub refuses", Syntax + "#jobsjob_idstrategymatrix");
    public static readonly LintCheck MatrixTwice = Warning("matrix", "matrix-duplicate-value",
        "a matrix vector has a value twice", Syntax + "#jobsjob_idstrategymatrix");
    public static readonly LintCheck MatrixExclude = Warning("matrix", "matrix-exclude-no-match",
        "'exclude' takes nothing away", Syntax + "#jobsjob_idstrategymatrixexclude");

    public static readonly LintCheck UnknownLabel = Warning("runner-label", "unknown-runner-label",
        "no hosted runner has this label, and no configuration names it", Runners);
    public static readonly LintCheck LabelConflict = Warning("runner-label", "conflicting-runner-labels",
        "no runner can have both labels", Syntax + "#jobsjob_idruns-on");
    public static readonly LintCheck UnknownShell = Warning("shell-name", "unknown-shell",
        "no such shell, or not on this job's system", Syntax + "#jobsjob_idstepsshell");
    public static readonly LintCheck PlainPassword = Warning("credentials", "plain-password",
        "a registry's password in plain text", Secure + "#use-secrets-for-sensitive-information");
    public static readonly LintCheck EnvName = Warning("env-var", "bad-env-name", "a name that no environment variable can have", Syntax + "#env");
    public static readonly LintCheck DeprecatedCommand = Warning("deprecated-commands", "deprecated-command",
        "a workflow command that runners no longer take", Docs + "reference/workflows-and-actions/workflow-commands");
    public static readonly LintCheck AlwaysTrue = Warning("if-cond", "always-true",
        "text around '${{ }}' makes the condition a text, which is true", Expressions + "#about-expressions");
    public static readonly LintCheck ConstantCondition = Warning("if-cond", "constant-condition",
        "a condition that is the same in every run", Syntax + "#jobsjob_idif");

    public static readonly LintCheck BadWorkflowRef = Error("workflow-call", "bad-workflow-ref",
        "'uses' of a job is neither owner/repo/path@ref nor ./path", Syntax + "#jobsjob_iduses");
    public static readonly LintCheck WorkflowUnreadable = Error("workflow-call", "reusable-workflow-unreadable",
        "the called workflow is not there, is broken, or cannot be called", Reuse);
    public static readonly LintCheck MissingArgument = Error("workflow-call", "missing-reusable-argument",
        "a required input or secret of the called workflow is not given", Reuse);
    public static readonly LintCheck UnknownArgument = Error("workflow-call", "unknown-reusable-argument",
        "the called workflow has no such input or secret", Reuse);

    public static readonly LintCheck BadActionRef = Error("action", "bad-action-ref",
        "'uses' of a step is none of owner/repo[/path]@ref, ./path and docker://image", Syntax + "#jobsjob_idstepsuses");
    public static readonly LintCheck ShortCommit = Warning("action", "short-commit-id",
        "a commit id that is cut short, where all of it is needed", Syntax + "#jobsjob_idstepsuses");
    public static readonly LintCheck BadMetadata = Warning("action", "bad-action-metadata",
        "a local action's manifest is wrong, or names files that are not there", Metadata);
    public static readonly LintCheck MissingInput = Warning("action", "missing-action-input",
        "a required input of the action is not given", Metadata + "#inputsinput_idrequired");
    public static readonly LintCheck UnknownInput = Warning("action", "unknown-action-input", "the action has no such input", Metadata + "#inputs");
    public static readonly LintCheck DeprecatedInput = Warning("action", "deprecated-action-input",
        "the action calls this input deprecated", Metadata + "#inputsinput_iddeprecationmessage");
    public static readonly LintCheck OutdatedAction = Warning("action", "outdated-action",
        "a version of the action for a Node.js that runners no longer have", Metadata + "#runsusing-for-javascript-actions");

    public static readonly LintCheck ExpressionSyntax = Error("expression", "expression-syntax", "the expression cannot be read", Expressions);
    public static readonly LintCheck UnknownContext = Error("expression", "unknown-context", "no such context", Contexts);
    public static readonly LintCheck ContextNotAvailable = Error("expression", "context-not-available",
        "a context that this key cannot use", Contexts + "#context-availability");
    public static readonly LintCheck UnknownFunction = Error("expression", "unknown-function", "no such function", Expressions + "#functions");
    public static readonly LintCheck FunctionNotAvailable = Error("expression", "function-not-available",
        "a function that this key cannot use", Contexts + "#context-availability");
    public static readonly LintCheck Arguments = Error("expression", "function-arguments", "too few or too many arguments", Expressions + "#functions");
    public static readonly LintCheck ArgumentType = Warning("expression", "argument-type",
        "an argument of a type that the function can do nothing with", Expressions + "#functions");
    public static readonly LintCheck UnknownProperty = Warning("expression", "unknown-property", "the object has no such property", Contexts);
    public static readonly LintCheck VariableName = Warning("expression", "variable-name",
        "a name that no configuration variable can have", Docs + "reference/workflows-and-actions/variables#naming-conventions-for-configuration-variables");
    public static readonly LintCheck NotAnObject = Warning("expression", "not-an-object", "a property of something that has none", Contexts);
    public static readonly LintCheck BadIndex = Warning("expression", "bad-index", "an index of a type that finds nothing", Expressions + "#operators");
    public static readonly LintCheck BadComparison = Warning("expression", "bad-comparison",
        "a comparison that always has the same result", Expressions + "#operators");
    public static readonly LintCheck FormatPlaceholders = Warning("expression", "format-placeholders",
        "placeholders and arguments of format() do not match", Expressions + "#format");
    public static readonly LintCheck BrokenJson = Warning("expression", "broken-json", "the text given to fromJSON() is no JSON", Expressions + "#fromjson");
    public static readonly LintCheck WholeObject = Warning("expression", "whole-object-in-template",
        "an object, list or null where a text is expected", Expressions);
    public static readonly LintCheck ExpressionType = Warning("expression", "expression-type", "the expression gives another type than this key takes", Syntax);
    public static readonly LintCheck CallInputType = Warning("expression", "reusable-input-type",
        "a value that does not fit the type of the workflow's input", Reuse);
    public static readonly LintCheck UntrustedInput = Warning("expression", "untrusted-input",
        "a text that an outsider controls is put into a script", Docs + "concepts/security/script-injections");

    /// <summary>In the order of this file.</summary>
    public static IReadOnlyList<LintCheck> All => Table;

    private static LintCheck Error(string rule, string category, string summary, string link) => Add(new(rule, category, Severity.Error, summary, link));

    private static LintCheck Warning(string rule, string category, string summary, string link) => Add(new(rule, category, Severity.Warning, summary, link));

    private static LintCheck Add(LintCheck check)
    {
        Table.Add(check);
        return check;
    }
}
