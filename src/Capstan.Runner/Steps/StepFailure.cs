namespace Capstan.Runner.Steps;

/// <summary>A user's mistake found in the middle of a step (an expression, a missing folder, a wrong file): ends the step, caught where steps are run, logged as an error.</summary>
internal sealed class StepFailure(string message) : Exception(message);
