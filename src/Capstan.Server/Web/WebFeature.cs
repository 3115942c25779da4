using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Web;

/// <summary>The pages for people: rendered on the server, readable without scripts, and made livelier by them.</summary>
internal static class WebFeature
{
    public static void AddWeb(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddSingleton<IProblemDetailsService, RefusalPages>();
        builder.Services.AddSingleton<PageQueries>();
        builder.Services.AddSingleton<RunPageQueries>();
        builder.Services.AddSingleton(services => new SummaryRenderer(services.GetRequiredService<TimeProvider>()));
    }

    public static void MapWeb(this WebApplication app)
    {
        AssetEndpoint.Map(app);
        PageEndpoints.Map(app);
    }
}
