using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Schema;

/// <summary>
/// The workflow language as a table: for every key what its value may be and which contexts and functions expressions may use there. A key that ends in <c>!</c> must be there.
/// A key's part of GitHub's page has its path for a name, without dots and brackets: <c>jobs.&lt;job_id&gt;.needs</c> is <c>#jobsjob_idneeds</c>. Keys that the page leaves out are in its
/// schema.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
/// and https://github.com/actions/languageservices/blob/main/workflow-parser/src/workflow-v1.0.json
/// </summary>
internal static class WorkflowSchema
{
    public static Rule Root { get; } = Rules.Mapping(
        ("name", Rules.Text),
        ("description", Rules.Text),
        ("run-name", Rules.TextWith(Availability.RunName)),
        ("on!", EventSchema.On),
        ("permissions", PermissionScopes.Rule),
        ("env", Rules.Map(Rules.Text, Availability.WorkflowEnv)),
        ("defaults", Defaults(null)),
        ("concurrency", Concurrency(TextForm.Free, Availability.WorkflowConcurrency)),
        ("jobs!", Rules.Map(JobRule())));

    /// <summary>
    /// A job that runs steps, or one that calls a workflow.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs
    /// </summary>
    private static Rule JobRule()
    {
        var needs = Rules.OneOrMany(Rules.Filled);
        var condition = Rules.TextWith(Availability.JobIf);
        var name = Rules.TextWith(Availability.Job);
        var strategy = Strategy();
        var concurrency = Concurrency(TextForm.Filled, Availability.Job);
        var steps = new MappingForm(
            ("needs", needs),
            ("if", condition),
            ("strategy", strategy),
            ("name", name),
            ("continue-on-error", Rules.BooleanWith(Availability.Job)),
            ("timeout-minutes", Rules.NumberWith(Availability.Job)),
            ("cancel-timeout-minutes", Rules.NumberWith(Availability.Job)),
            ("env", Rules.Map(Rules.Text, Availability.JobEnv)),
            ("environment", Environment()),
            ("permissions", PermissionScopes.Rule),
            ("concurrency", concurrency),
            ("defaults", Defaults(Availability.JobDefaults)),
            ("runs-on!", RunsOn()),
            ("container", Container(service: false)),
            ("services", Rules.Map(Container(service: true), Availability.Job)),
            ("outputs", Rules.Map(Rules.Text, Availability.JobOutputs)),
            ("snapshot", Snapshot()),
            ("steps", Rules.Sequence(StepRule())));
        var call = new MappingForm(
            ("name", name),
            ("uses!", Rules.Filled),
            ("with", Rules.Map(Rules.ScalarWith(null), Availability.Job)),
            ("secrets", CallSecrets()),
            ("needs", needs),
            ("if", condition),
            ("permissions", PermissionScopes.Rule),
            ("concurrency", concurrency),
            ("strategy", strategy));
        return new Rule().Define(null, steps, call);
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategy</remarks>
    private static Rule Strategy()
    {
        var combinations = Rules.Sequence(Rules.Map(Rules.Any));
        var matrix = new Rule().Define(null, new MappingForm(("include", combinations), ("exclude", combinations))
        {
            Others = Rules.Sequence(Rules.Any),
            OtherKeysNotEmpty = true,
        });
        return new Rule { Expressions = Availability.Strategy }.Define(null, new MappingForm(
            ("fail-fast", Rules.Boolean),
            ("max-parallel", Rules.NumberWith(null)),
            ("matrix", matrix)));
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idruns-on</remarks>
    private static Rule RunsOn()
    {
        var labels = Rules.OneOrMany(Rules.Filled);
        return new Rule { Text = TextForm.Filled, Expressions = Availability.Job }
            .Define(Rules.Filled, new MappingForm(("group", Rules.Filled), ("labels", labels)));
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idenvironment</remarks>
    internal static Rule Environment() => Rules.TextOrMapping(
        TextForm.Free,
        Availability.Job,
        ("name!", Rules.Text),
        ("url", Rules.TextWith(Availability.EnvironmentUrl)),
        ("deployment", Rules.Boolean));

    /// <remarks>An expression may give the group, or the whole mapping.</remarks>
    private static Rule Concurrency(TextForm text, ExpressionRules expressions) => Rules.TextOrMapping(
        text,
        expressions,
        ("group!", Rules.Filled),
        ("cancel-in-progress", Rules.Boolean),
        ("queue", Rules.OneOf("single", "max")));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#defaultsrun</remarks>
    private static Rule Defaults(ExpressionRules? expressions)
    {
        var run = new Rule { Expressions = expressions }
            .Define(null, new MappingForm(("shell", Rules.Filled), ("working-directory", Rules.Filled)));
        return Rules.Mapping(("run", run));
    }

    /// <summary>
    /// The container of a job, or of a service (which may also say what it starts).
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
    /// </summary>
    private static Rule Container(bool service)
    {
        var list = Rules.Sequence(Rules.Filled);
        List<SchemaKey> keys =
        [
            ("image", Rules.Filled),
            ("options", Rules.Text),
            ("env", Rules.Map(Rules.Text, Availability.ContainerEnv)),
            ("ports", list),
            ("volumes", list),
            ("credentials", Credentials()),
        ];
        if (service)
            keys.AddRange([new("entrypoint", Rules.Text), new("command", Rules.Text)]);
        return Rules.TextOrMapping(TextForm.Free, Availability.Job, [.. keys]);
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainercredentials</remarks>
    private static Rule Credentials() => new Rule { Expressions = Availability.Credentials }
        .Define(null, new MappingForm(("username", Rules.Filled), ("password", Rules.Filled)));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsnapshot</remarks>
    private static Rule Snapshot() => Rules.TextOrMapping(
        TextForm.Filled,
        Availability.Job,
        ("image-name!", Rules.Filled),
        ("version", Rules.Filled),
        ("if", Rules.TextWith(Availability.SnapshotIf)));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsecrets</remarks>
    private static Rule CallSecrets() => new Rule { Text = new TextForm { Values = ["inherit"] }, Expressions = Availability.JobSecrets }
        .Define(null, new MappingForm { Others = Rules.ScalarWith(null), OtherKeysNotEmpty = true });

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsteps</remarks>
    private static Rule StepRule()
    {
        var run = StepForms.Run(Availability.Step, Availability.StepIf, ("background", Rules.Boolean));
        var uses = StepForms.Uses(Availability.Step, Availability.StepIf, allowsTimeout: true, ("background", Rules.Boolean));
        var member = new Rule().Define(
            null,
            StepForms.Run(Availability.Step, Availability.StepIf),
            StepForms.Uses(Availability.Step, Availability.StepIf, allowsTimeout: true));
        return new Rule().Define(
            null,
            run,
            uses,
            new MappingForm(("parallel!", Rules.Sequence(member))),
            StepForms.Control("wait", Rules.OneOrMany(Rules.Filled), Availability.Step),
            StepForms.Control("wait-all", new Rule { AllowsNull = true, AllowsBoolean = true }, Availability.Step),
            StepForms.Control("cancel", Rules.Filled, Availability.Step));
    }
}
