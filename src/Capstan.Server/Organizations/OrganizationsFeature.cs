using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Organizations;

/// <summary>Owners of repositories, and who belongs to them.</summary>
internal static class OrganizationsFeature
{
    public static void AddOrganizations(this WebApplicationBuilder builder) => builder.Services.AddSingleton<OrganizationChanges>();

    public static void MapOrganizations(this WebApplication app) => OrganizationEndpoints.Map(app);
}
