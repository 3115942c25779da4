namespace Capstan.Orchestration.Calls;

/// <summary>One leg of a job that calls a workflow: what the jobs of the called workflow stand under.</summary>
/// <param name="Key">Of the calling job.</param>
/// <param name="Index">From 0, in the order of its matrix.</param>
public sealed record CallLeg(string Key, int Index);
