using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Capstan.Server.Web;

/// <summary>Shows a refusal to somebody with a browser as a page; programs get the problem details themselves.</summary>
internal sealed class RefusalPages(IAntiforgery antiforgery) : IProblemDetailsService
{
    /// <returns>False: nobody wants a page, and the problem details are written as they are.</returns>
    public async ValueTask<bool> TryWriteAsync(ProblemDetailsContext context)
    {
        if (!Pages.AreWantedBy(context.HttpContext))
            return false;
        await WriteAsync(context);
        return true;
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? StatusCodes.Status500InternalServerError;
        var model = new RefusalModel(problem.Title ?? "Refused", problem.Detail ?? "");
        var page = new RazorComponentResult<RefusalPage>(new Dictionary<string, object?> { ["Context"] = PageContext.Of(context.HttpContext, antiforgery), ["Model"] = model })
        {
            StatusCode = status,
            PreventStreamingRendering = true,
        };
        await page.ExecuteAsync(context.HttpContext);
    }
}

public sealed record RefusalModel(string Title, string Detail);
