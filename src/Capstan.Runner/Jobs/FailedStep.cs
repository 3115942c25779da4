namespace Capstan.Runner.Jobs;

/// <summary>A step that has just failed, as its program would find it again. Nothing of it is masked.</summary>
/// <param name="Name">As shown to people.</param>
/// <param name="Folder">Where its program ran: its <c>working-directory</c>, else the workspace.</param>
/// <param name="Environment">Of its program, with files to write outputs to that nobody reads any more.</param>
/// <param name="Script">What <c>run</c> says; null for a step without.</param>
public sealed record FailedStep(string Name, string Folder, IReadOnlyDictionary<string, string> Environment, string? Script);
