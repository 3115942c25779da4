using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Benchmarks;

/// <summary>
/// A registered runner with one connection kept open, that speaks the runner protocol and does nothing with what it gets. Its requests are made once and of an answer
/// it reads the status and where it ends, so that a thousand of them cost little beside the server they share a machine with. For one caller at a time.
/// </summary>
internal sealed class SimulatedRunner : IDisposable
{
    private const int PollSeconds = 5;
    private const int MaxAnswerBytes = 1024 * 1024;
    private const int StatusDigits = 3;

    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] EndOfChunks = "\r\n0\r\n\r\n"u8.ToArray();
    private static readonly byte[] Length = "Content-Length: "u8.ToArray();

    private readonly int port;
    private readonly byte[] heartbeat;
    private readonly byte[] poll;
    private Socket socket = NewSocket();
    private byte[] answer = new byte[16 * 1024];

    public SimulatedRunner(Uri server, string credential, RunnerCapabilities capabilities)
    {
        port = server.Port;
        heartbeat = Request(server, credential, "/v1/runner/heartbeat", JsonSerializer.Serialize(new HeartbeatRequest(0, capabilities), ContractsJson.Default.HeartbeatRequest));
        poll = Request(server, credential, "/v1/runner/acquire", JsonSerializer.Serialize(new AcquireRequest(0, PollSeconds), ContractsJson.Default.AcquireRequest));
    }

    /// <summary>Anew: a server closes connections that were idle for minutes.</summary>
    public async Task ConnectAsync(CancellationToken cancel)
    {
        socket.Dispose();
        socket = NewSocket();
        await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
    }

    public async Task BeatAsync(CancellationToken cancel) => Expect(await AskAsync(heartbeat, cancel), HttpStatusCode.OK, HttpStatusCode.NoContent);

    /// <returns>Whether it got a job; false: there was none for as long as it waited.</returns>
    public async Task<bool> PollAsync(CancellationToken cancel) => Expect(await AskAsync(poll, cancel), HttpStatusCode.OK, HttpStatusCode.NoContent) == HttpStatusCode.OK;

    public void Dispose() => socket.Dispose();

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static byte[] Request(Uri server, string credential, string path, string body) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {credential}\r\n{Protocol.VersionHeader}: {Protocol.CurrentVersion}\r\n"
        + $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    private static HttpStatusCode Expect(HttpStatusCode status, params ReadOnlySpan<HttpStatusCode> expected) =>
        expected.Contains(status) ? status : throw new InvalidOperationException($"The server answered {(int)status} to a simulated runner.");

    private async Task<HttpStatusCode> AskAsync(byte[] request, CancellationToken cancel)
    {
        await socket.SendAsync(request, cancel);
        var read = 0;
        while (true)
        {
            if (read == answer.Length)
            {
                Array.Resize(ref answer, answer.Length < MaxAnswerBytes ? answer.Length * 2 : throw new InvalidOperationException("The server's answer does not end."));
            }

            var more = await socket.ReceiveAsync(answer.AsMemory(read), cancel);
            read += more > 0 ? more : throw new InvalidOperationException("The server closed a simulated runner's connection.");
            if (IsWhole(answer.AsSpan(0, read)))
            {
                return (HttpStatusCode)int.Parse(answer.AsSpan("HTTP/1.1 ".Length, StatusDigits), CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>JSON has no line breaks of its own here, so the end of the last chunk is found without reading the chunks.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> read)
    {
        var head = read.IndexOf(EndOfHead);
        if (head < 0)
        {
            return false;
        }

        var length = read[..head].IndexOf(Length);
        if (length < 0)
        {
            return read[..head].IndexOf("chunked"u8) < 0 || read.EndsWith(EndOfChunks);
        }

        var digits = read[(length + Length.Length)..];
        return read.Length >= head + EndOfHead.Length + int.Parse(digits[..digits.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
