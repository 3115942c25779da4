namespace Capstan.Contracts.V1;

/// <summary><c>GET …/environments</c> of a repository.</summary>
/// <param name="Name">As it was first named; compared without regard to case.</param>
public sealed record EnvironmentResponse(long Id, string Name, DateTimeOffset CreatedAt);
