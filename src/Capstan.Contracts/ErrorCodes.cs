namespace Capstan.Contracts;

/// <summary>The stable <c>code</c> of every refusal, in problem details and in messages. A code is never reused for another meaning.</summary>
public static class ErrorCodes
{
    public const string Unauthenticated = "unauthenticated";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string Invalid = "invalid";
    public const string Conflict = "conflict";
    public const string NameTaken = "name_taken";
    public const string NameReserved = "name_reserved";
    public const string BodyTooLarge = "body_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string DatabaseUnavailable = "database_unavailable";
    public const string ShuttingDown = "shutting_down";
    public const string AntiforgeryFailed = "antiforgery_failed";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string TooManyAttempts = "too_many_attempts";
    public const string TooManyRequests = "too_many_requests";
    public const string PasswordChangeRequired = "password_change_required";
    public const string InternalError = "internal_error";

    public const string BranchLocked = "branch_locked";
    public const string RefReserved = "ref_reserved";

    public const string RegistrationTokenInvalid = "registration_token_invalid";
    public const string RunnerVersionUnsupported = "runner_version_unsupported";

    /// <summary>A runner's poll beyond as many as one server holds.</summary>
    public const string TooManyWaiting = "too_many_waiting";

    /// <summary>The execution's lease was lost or it has ended: a message with an old fencing token changes nothing.</summary>
    public const string ExecutionLost = "execution_lost";

    /// <summary>A log chunk does not begin where the stream ends; the answer carries the offset that fits.</summary>
    public const string LogOffsetMismatch = "log_offset_mismatch";

    public const string LogLimitReached = "log_limit_reached";

    /// <summary>The log was there and is not kept any longer.</summary>
    public const string LogExpired = "log_expired";

    public const string WorkflowNotDispatchable = "workflow_not_dispatchable";
    public const string WorkflowInvalid = "workflow_invalid";
    public const string WorkflowInputInvalid = "workflow_input_invalid";

    /// <summary>A commit names a block that was never staged; the answer's field <c>block</c> says which.</summary>
    public const string UploadIncomplete = "upload_incomplete";

    /// <summary>The committed bytes are not of the size or SHA-256 that was said; the upload is gone.</summary>
    public const string UploadMismatch = "upload_mismatch";

    public const string UploadTooLarge = "upload_too_large";

    /// <summary>A block came for an upload that is committed already.</summary>
    public const string UploadCommitted = "upload_committed";

    public const string ArtifactExists = "artifact_exists";
    public const string ArtifactLimitReached = "artifact_limit_reached";

    /// <summary>It was there and is not kept any longer.</summary>
    public const string ArtifactExpired = "artifact_expired";

    /// <summary>The cache of this ref, version and key exists, or another job is saving it.</summary>
    public const string CacheExists = "cache_exists";

    public const string CacheReadOnly = "cache_read_only";

    public const string SecretLimitReached = "secret_limit_reached";
    public const string VariableLimitReached = "variable_limit_reached";
    public const string EnvironmentLimitReached = "environment_limit_reached";
}
