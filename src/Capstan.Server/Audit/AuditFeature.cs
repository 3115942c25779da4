using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Audit;

/// <summary>Who changed what, when.</summary>
internal static class AuditFeature
{
    public static void AddAudit(this WebApplicationBuilder builder) => builder.Services.AddSingleton<AuditLog>();

    public static void MapAudit(this WebApplication app) => AuditEndpoints.Map(app);
}
