namespace Capstan.Workflows.Schema;

/// <summary>
/// The language of <c>action.yml</c> as a table. The manifest's top level is open, as the runner reads it.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
/// </summary>
internal static class ActionSchema
{
    public static Rule Root { get; } = BuildRoot();

    private static Rule BuildRoot()
    {
        var input = new Rule { AllowsNull = true }.Define(null, new MappingForm(
            ("default", Rules.TextWith(Availability.ActionInputDefault)))
        { Others = Rules.Any });
        var output = new Rule { AllowsNull = true }.Define(null, new MappingForm(
            ("description", Rules.Text), ("value", Rules.TextWith(Availability.ActionOutput)))
        { Others = Rules.Any });
        return new Rule().Define(null, new MappingForm(
            ("name", Rules.Text),
            ("description", Rules.Text),
            ("inputs", Rules.MapOrNull(input)),
            ("outputs", Rules.MapOrNull(output)),
            ("runs!", Runs()))
        { Others = Rules.Any });
    }

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs</remarks>
    private static Rule Runs()
    {
        var condition = Rules.TextWith(Availability.ActionIf);
        var steps = new Rule().Define(
            null,
            StepForms.CompositeRun(Availability.CompositeStep, Availability.CompositeStepIf),
            StepForms.Uses(Availability.CompositeStep, Availability.CompositeStepIf, allowsTimeout: false));
        return new Rule().Define(
            null,
            new MappingForm(
                ("using!", Rules.Filled),
                ("image!", Rules.Filled),
                ("args", Rules.Sequence(Rules.Text, Availability.ContainerAction)),
                ("env", Rules.Map(Rules.Text, Availability.ContainerAction)),
                ("entrypoint", Rules.Filled),
                ("pre-entrypoint", Rules.Filled),
                ("pre-if", condition),
                ("post-entrypoint", Rules.Filled),
                ("post-if", condition)),
            new MappingForm(
                ("using!", Rules.Filled),
                ("main!", Rules.Filled),
                ("pre", Rules.Filled),
                ("pre-if", condition),
                ("post", Rules.Filled),
                ("post-if", condition)),
            new MappingForm(("using!", Rules.Filled), ("steps!", Rules.Sequence(steps))));
    }
}
