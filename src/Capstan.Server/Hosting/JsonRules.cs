using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Capstan.Contracts;

namespace Capstan.Server.Hosting;

/// <summary>How bodies are read and written: the contracts' names, and no guessing about what a client left out.</summary>
internal static class JsonRules
{
    /// <summary>Deeper nesting than any contract of ours needs is somebody's attempt to hurt.</summary>
    private const int MaxDepth = 64;

    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.MaxDepth = MaxDepth;
        options.TypeInfoResolverChain.Clear();
        options.TypeInfoResolverChain.Add(ContractsJson.Default.WithAddedModifier(RequireWhatCannotBeNull));
        options.TypeInfoResolverChain.Add(new DefaultJsonTypeInfoResolver().WithAddedModifier(RequireWhatCannotBeNull));
    }

    // A member that a client left out would otherwise arrive as null or 0 in a parameter that says it cannot be.
    private static void RequireWhatCannotBeNull(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false } parameter && Nullable.GetUnderlyingType(parameter.ParameterType) is null)
                property.IsRequired = true;
        }
    }
}
