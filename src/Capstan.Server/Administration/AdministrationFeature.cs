using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Administration;

/// <summary>What the people who run the server do with it.</summary>
internal static class AdministrationFeature
{
    public static void AddAdministration(this WebApplicationBuilder builder) => builder.Services.AddSingleton<FirstAdministrator>();
}
