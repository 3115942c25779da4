using Capstan.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Capstan.Server.Hosting;

/// <summary>Every refusal over HTTP: problem details (RFC 9457) with a stable <c>code</c>. Which status means what is decided in docs/http-status-codes.md.</summary>
public static class Problems
{
    /// <summary>400: the request itself is wrong; <paramref name="errors"/> lists all its mistakes by field.</summary>
    public static ProblemHttpResult Invalid(string detail, IReadOnlyDictionary<string, string[]>? errors = null) =>
        Of(StatusCodes.Status400BadRequest, ErrorCodes.Invalid, detail, errors is null ? null : new() { ["errors"] = errors });

    /// <summary>401: who are you? Nothing about the thing asked for is said.</summary>
    public static ProblemHttpResult Unauthenticated(string detail = "Sign in, or send an access token.") =>
        Of(StatusCodes.Status401Unauthorized, ErrorCodes.Unauthenticated, detail);

    /// <summary>403: the caller may know of the thing, but not do this.</summary>
    public static ProblemHttpResult Forbidden(string detail = "You do not have the right to do this.", string code = ErrorCodes.Forbidden) =>
        Of(StatusCodes.Status403Forbidden, code, detail);

    /// <summary>404: it does not exist, or the caller may not know that it does.</summary>
    public static ProblemHttpResult NotFound(string detail = "There is no such thing here, or you may not see it.") =>
        Of(StatusCodes.Status404NotFound, ErrorCodes.NotFound, detail);

    /// <summary>409: what is asked does not fit the present state.</summary>
    public static ProblemHttpResult Conflict(string code, string detail, Dictionary<string, object?>? extensions = null) =>
        Of(StatusCodes.Status409Conflict, code, detail, extensions);

    /// <summary>422: well-formed, but cannot be done as it stands, whatever the state (a workflow that is invalid, an input of the wrong type).</summary>
    public static ProblemHttpResult Unprocessable(string code, string detail, Dictionary<string, object?>? extensions = null) =>
        Of(StatusCodes.Status422UnprocessableEntity, code, detail, extensions);

    /// <summary>Any other.</summary>
    public static ProblemHttpResult Of(int status, string code, string detail, Dictionary<string, object?>? extensions = null)
    {
        var all = extensions ?? [];
        all["code"] = code;
        return TypedResults.Problem(detail: detail, statusCode: status, extensions: all);
    }
}
