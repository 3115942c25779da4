namespace Capstan.Server.Data;

// One type per kind of row, so that ids cannot be mixed up. 64-bit, given by the database, from 1; default (0) is no row.
public readonly record struct UserId(long Value);

public readonly record struct OrganizationId(long Value);

public readonly record struct RepositoryId(long Value);

public readonly record struct EnvironmentId(long Value);

public readonly record struct WorkflowId(long Value);

public readonly record struct WorkflowVersionId(long Value);

public readonly record struct TriggerEventId(long Value);

public readonly record struct RunId(long Value);

public readonly record struct AttemptId(long Value);

public readonly record struct JobId(long Value);

public readonly record struct ExecutionId(long Value);

public readonly record struct RunnerId(long Value);
