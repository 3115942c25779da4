using Capstan.Workflows;

namespace Capstan.Cli.LocalRuns.Git;

/// <summary>The server, owner and name in a remote's address: <c>https://host/owner/name.git</c>, <c>ssh://git@host/owner/name</c> or <c>git@host:owner/name</c>.</summary>
/// <param name="Server">With its scheme, without a slash at its end; ssh addresses are taken to be served over https too.</param>
internal sealed record RemoteAddress(string Server, string Owner, string Name)
{
    /// <summary>Null when the address is of no such form, for example a local folder.</summary>
    public static RemoteAddress? Parse(string? url)
    {
        if (url is null)
        {
            return null;
        }

        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "ssh" or "git")
        {
            var server = uri.Scheme is "http" or "https" ? $"{uri.Scheme}://{uri.Authority.Split('@')[^1]}" : $"https://{uri.Host}";
            return Create(server, uri.AbsolutePath);
        }

        var colon = url.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !url.AsSpan(0, colon).Contains('/') ? Create("https://" + url[..colon].Split('@')[^1], url[(colon + 1)..]) : null;
    }

    private static RemoteAddress? Create(string server, string path)
    {
        var parts = TextParts.Of(path.Trim('/'), '/');
        if (parts.Length != 2)
        {
            return null;
        }

        var name = parts[1].EndsWith(".git", StringComparison.Ordinal) ? parts[1][..^".git".Length] : parts[1];
        return name.Length > 0 && parts[0].Length > 0 ? new RemoteAddress(server, parts[0], name) : null;
    }
}
