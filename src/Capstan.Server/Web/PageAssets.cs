using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Capstan.Server.Web;

/// <summary>A file of the pages, in the forms in which it is sent.</summary>
/// <param name="Url">Holds a fingerprint of all files, so that whatever lies behind an address never changes, and scripts find each other beside them.</param>
internal sealed record Asset(string Url, string ContentType, byte[] Plain, byte[] Gzip, byte[] Brotli);

/// <summary>The style sheet and scripts, embedded in the assembly. Compressed once; immutable and thread-safe.</summary>
internal static class PageAssets
{
    public const string UrlPrefix = "/assets/";

    private const string ResourcePrefix = "wwwroot/";

    /// <summary>Of the SHA-256: 64 bits tell versions of one file apart.</summary>
    private const int FingerprintBytes = 8;

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    private static readonly Lazy<FrozenDictionary<string, Asset>> ByName = new(LoadAll);

    private static readonly Lazy<FrozenDictionary<string, Asset>> ByUrl = new(() => ByName.Value.Values.ToFrozenDictionary(asset => asset.Url));

    /// <summary>The address of a file under <c>wwwroot</c>.</summary>
    public static string Url(string name) => ByName.Value[name].Url;

    public static Asset? Find(string url) => ByUrl.Value.GetValueOrDefault(url);

    private static FrozenDictionary<string, Asset> LoadAll()
    {
        var files = typeof(PageAssets).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal) && ContentTypes.ContainsKey(Path.GetExtension(name)))
            .Order(StringComparer.Ordinal)
            .ToDictionary(name => name[ResourcePrefix.Length..], Read);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var content in files.Values)
            hash.AppendData(content);
        var folder = UrlPrefix + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, FingerprintBytes)) + "/";
        return files.ToFrozenDictionary(file => file.Key, file => new Asset(
            folder + file.Key,
            ContentTypes[Path.GetExtension(file.Key)],
            file.Value,
            Compress(file.Value, target => new GZipStream(target, CompressionLevel.SmallestSize)),
            Compress(file.Value, target => new BrotliStream(target, CompressionLevel.SmallestSize))));
    }

    private static byte[] Read(string resource)
    {
        using var stream = typeof(PageAssets).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static byte[] Compress(byte[] plain, Func<Stream, Stream> compressor)
    {
        var compressed = new MemoryStream();
        using (var stream = compressor(compressed))
            stream.Write(plain);
        return compressed.ToArray();
    }
}
