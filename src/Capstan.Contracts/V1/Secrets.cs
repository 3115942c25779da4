namespace Capstan.Contracts.V1;

/// <summary><c>GET …/secrets</c> of a repository, an environment of it, or an organization. A value is never given back.</summary>
/// <param name="Name">In upper case.</param>
/// <param name="UpdatedAt">When the value was last set.</param>
public sealed record SecretResponse(string Name, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary><c>PUT …/secrets/{name}</c>.</summary>
/// <param name="Value">At most 48 KB of UTF-8, not empty.</param>
public sealed record PutSecretRequest(string Value)
{
    /// <summary>Without the value, wherever somebody prints it.</summary>
    public override string ToString() => nameof(PutSecretRequest);
}

/// <summary><c>GET …/variables</c> of a repository, an environment of it, or an organization.</summary>
/// <param name="Name">In upper case.</param>
public sealed record VariableResponse(string Name, string Value, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary><c>PUT …/variables/{name}</c>.</summary>
/// <param name="Value">At most 48 KB of UTF-8.</param>
public sealed record PutVariableRequest(string Value);
