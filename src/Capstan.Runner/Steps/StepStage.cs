namespace Capstan.Runner.Steps;

/// <summary>
/// The turns that a step with an action may have: before the job's first step, at its own place, and after the job's last step.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-javascript-actions
/// </summary>
internal enum StepStage
{
    Pre,
    Main,
    Post,

    /// <summary>No step of the file: a script of the machine's owner, before or after all others.</summary>
    Hook,
}
