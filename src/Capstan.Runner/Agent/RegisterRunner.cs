using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Agent;

/// <summary>How an attempt to register ended.</summary>
public abstract record RegisterResult
{
    private RegisterResult()
    {
    }

    public sealed record Registered(RunnerRegistration Registration) : RegisterResult;

    /// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
    public sealed record Refused(string Code, string Message) : RegisterResult;

    public sealed record Unreachable(string Message) : RegisterResult;
}

/// <summary>Turns a one-use registration token into a runner's credential, kept in a file.</summary>
public static class RegisterRunner
{
    public static async Task<RegisterResult> RegisterAsync(
        string serverUrl, string registrationToken, string name, IReadOnlyList<string> labels, int slots, string file, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = new Uri(serverUrl.TrimEnd('/') + "/") };
        http.DefaultRequestHeaders.Add(Protocol.VersionHeader, Protocol.CurrentVersion.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var request = new RegisterRunnerRequest(registrationToken, name, Environment.MachineName, labels, Capabilities(slots));
        try
        {
            using var response = await http.PostAsJsonAsync("v1/runners/register", request, ContractsJson.Default.RegisterRunnerRequest, cancel);
            if (!response.IsSuccessStatusCode) return await ReadRefusalAsync(response, cancel);
            var answer = await response.Content.ReadFromJsonAsync(ContractsJson.Default.RegisterRunnerResponse, cancel);
            if (answer is null) return new RegisterResult.Refused(ErrorCodes.InternalError, "The server's answer was empty");
            var registration = new RunnerRegistration(serverUrl.TrimEnd('/'), answer.RunnerId, answer.Name, answer.Credential);
            registration.Write(file);
            return new RegisterResult.Registered(registration);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException)
        {
            return new RegisterResult.Unreachable($"{serverUrl} cannot be reached: {error.Message}");
        }
    }

    /// <summary>What this machine offers. docker is not executed yet, so it is never offered.</summary>
    public static RunnerCapabilities Capabilities(int slots) =>
        new("Linux", RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "ARM64" : "X64", Docker: false, slots);

    private static async Task<RegisterResult.Refused> ReadRefusalAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var (code, detail) = await Refusal.ReadAsync(response, cancel);
        return new RegisterResult.Refused(code, detail);
    }
}
