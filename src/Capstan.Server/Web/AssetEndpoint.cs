using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Web;

/// <summary>Serves <see cref="PageAssets"/>: a browser asks for each version of each file once.</summary>
internal static class AssetEndpoint
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(PageAssets.UrlPrefix + "{**path}", GetAsset).Require(Access.Anyone).ExcludeFromDescription();

        // Browsers ask for it whatever the page says.
        routes.MapGet("/favicon.ico", () => Results.Redirect(PageAssets.Url("favicon.svg"))).Require(Access.Anyone).ExcludeFromDescription();
    }

    private static IResult GetAsset(HttpContext context)
    {
        if (PageAssets.Find(context.Request.Path) is not { } asset)
            return Results.NotFound();
        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Vary = "Accept-Encoding";
        var accepted = context.Request.Headers.AcceptEncoding.ToString();
        if (accepted.Contains("br", StringComparison.Ordinal))
        {
            headers.ContentEncoding = "br";
            return Results.Bytes(asset.Brotli, asset.ContentType);
        }

        if (accepted.Contains("gzip", StringComparison.Ordinal))
        {
            headers.ContentEncoding = "gzip";
            return Results.Bytes(asset.Gzip, asset.ContentType);
        }

        return Results.Bytes(asset.Plain, asset.ContentType);
    }
}
