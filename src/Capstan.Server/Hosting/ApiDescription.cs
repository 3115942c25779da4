using System.Reflection;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Capstan.Server.Hosting;

/// <summary>What the OpenAPI document says besides the routes: what this is, where it is, and how to sign in.</summary>
internal sealed class ApiDescription(ServerAddresses addresses) : IOpenApiDocumentTransformer
{
    private const string BearerScheme = "bearer";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Capstan",
            Version = typeof(ApiDescription).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
            Description = "Answers from 400 up are problem details with a stable code. Lists go by id: ask for the next page with after=, the page's size with limit=.",
        };

        // Not what the request's Host header says: that is the caller's choice.
        document.Servers = [new OpenApiServer { Url = addresses.PublicUrl }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        document.Components.SecuritySchemes[BearerScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = BearerScheme,
            Description = "A user's access token (cap_…), a runner's credential (capr_…) or a job's token. Basic authentication takes a user's name and password, or a token as the password.",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerScheme, document)] = [] }];
        return Task.CompletedTask;
    }
}
