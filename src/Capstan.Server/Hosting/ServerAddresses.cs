namespace Capstan.Server.Hosting;

/// <summary>
/// The server's addresses, without a slash at their end. Every absolute URL comes from these two, never from a request's Host header. Known once the server
/// listens, because the port may be chosen by the system.
/// </summary>
public sealed class ServerAddresses
{
    private string? publicUrl;
    private string? jobUrl;
    private string? boundUrl;

    /// <summary>What people's browsers and git clients use: <c>github.server_url</c>.</summary>
    public string PublicUrl => publicUrl ?? BoundUrl;

    /// <summary>What jobs and runners of this server call.</summary>
    public string JobUrl => jobUrl ?? BoundUrl;

    /// <summary>The first address that the server listens on.</summary>
    public string BoundUrl => boundUrl ?? throw new InvalidOperationException("The server does not listen yet.");

    internal void Set(ServerOptions options, string bound)
    {
        boundUrl = bound.TrimEnd('/');
        publicUrl = options.PublicUrl?.TrimEnd('/');
        jobUrl = options.JobUrl?.TrimEnd('/');
    }
}
