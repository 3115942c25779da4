using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Pipelines;

/// <summary>Builds a mapping of GitHub's language out of parts of a pipeline. Not thread-safe.</summary>
internal sealed class TokenMapping(Place place)
{
    private readonly List<KeyValuePair<TemplateToken, TemplateToken>> entries = [];

    public MappingToken Token => new(place, entries);

    /// <summary>An entry that nobody wrote: it stands where the mapping does.</summary>
    public void Add(string key, TemplateToken value) => Add(value.Place, key, value);

    public void Add(Place keyPlace, string key, TemplateToken value) => entries.Add(new(new StringToken(keyPlace, key), value));

    /// <summary>Entries of the other mapping that are the same in both languages; absent ones are left out.</summary>
    public void Copy(MappingToken from, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            Rename(from, key, key);
    }

    /// <summary>An entry of the other mapping under the key it has in GitHub's language; nothing if it is absent.</summary>
    public void Rename(MappingToken from, string key, string newKey)
    {
        if (from.NamedEntries().FirstOrDefault(entry => entry.Key.Value == key) is { } found)
            Add(found.Key.Place, newKey, found.Value);
    }
}
