using Microsoft.AspNetCore.Builder;

namespace Capstan.Server.Organizations;

internal static class OrganizationsFeature
{
    public static void AddOrganizations(this WebApplicationBuilder builder)
    {
    }

    public static void MapOrganizations(this WebApplication app)
    {
    }
}
