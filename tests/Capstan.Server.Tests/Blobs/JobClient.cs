using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Jobs;
using Capstan.Server.Runs;
using Capstan.Server.Tests.Jobs;

namespace Capstan.Server.Tests.Blobs;

/// <summary>A running job on the wire: it has its token and nothing else.</summary>
internal sealed record JobClient(HttpClient Http, JobMessage Message, CreatedRun Run, ExecutionKey Key)
{
    public static readonly ContractsJson Json = ContractsJson.Default;

    /// <summary>Queues a run and takes its (first) job.</summary>
    /// <param name="change">SQL about the run with the id <c>@Run</c>, before its job is claimed.</param>
    public static async Task<JobClient> StartAsync(JobWorld world, string yaml = JobWorld.OneJob, string? change = null)
    {
        var run = await world.RunAsync(yaml);
        if (change is not null)
            await world.ScalarAsync<object>(change, new { Run = run.Id.Value });
        return await TakeAsync(world, run);
    }

    /// <summary>Takes the next job that is queued.</summary>
    public static async Task<JobClient> TakeAsync(JobWorld world, CreatedRun run)
    {
        var claim = await world.ClaimAsync(await world.RunnerAsync()) ?? throw new InvalidOperationException("Nothing is queued.");
        var message = await world.Server.Get<JobMessages>().BuildAsync(claim, default);
        return new JobClient(world.Server.WithBearer(message.Token), message, run, claim.Key);
    }

    public Task<HttpResponseMessage> BeginArtifactAsync(CreateArtifactRequest request) => Http.PostAsJsonAsync(ArtifactProtocol.Path, request, Json.CreateArtifactRequest);

    public Task<HttpResponseMessage> ReserveCacheAsync(string key, string version = "v1") =>
        Http.PostAsJsonAsync(CacheProtocol.Path, new ReserveCacheRequest(key, version), Json.ReserveCacheRequest);

    public static async Task<long> IdAsync(HttpResponseMessage answer)
    {
        if (answer.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return (await answer.Content.ReadFromJsonAsync(Json.UploadResponse))!.Id;
    }

    /// <param name="path">Of artifacts or of caches.</param>
    public Task<HttpResponseMessage> StageAsync(string path, long id, string block, byte[] bytes) =>
        Http.PutAsync($"{path}/{id}/blocks/{block}", new ByteArrayContent(bytes));

    public Task<HttpResponseMessage> CommitAsync(string path, long id, CommitUploadRequest request) =>
        Http.PostAsJsonAsync($"{path}/{id}/commit", request, Json.CommitUploadRequest);

    /// <summary>One block.</summary>
    public async Task<JobArtifactResponse> UploadArtifactAsync(CreateArtifactRequest request, byte[] bytes)
    {
        var answer = await TryUploadAsync(ArtifactProtocol.Path, await IdAsync(await BeginArtifactAsync(request)), bytes);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(Json.JobArtifactResponse))!;
    }

    /// <inheritdoc cref="UploadArtifactAsync"/>
    public async Task<CacheResponse> SaveCacheAsync(string key, byte[] bytes, string version = "v1")
    {
        var answer = await TryUploadAsync(CacheProtocol.Path, await IdAsync(await ReserveCacheAsync(key, version)), bytes);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(Json.CacheResponse))!;
    }

    public async Task<HttpResponseMessage> TryUploadAsync(string path, long id, byte[] bytes)
    {
        (await StageAsync(path, id, "all", bytes)).EnsureSuccessStatusCode();
        return await CommitAsync(path, id, new CommitUploadRequest(["all"], bytes.Length, Convert.ToHexString(SHA256.HashData(bytes))));
    }

    /// <returns>Null: a miss.</returns>
    public async Task<CacheResponse?> LookUpAsync(string version, params string[] keys)
    {
        var answer = await Http.PostAsJsonAsync($"{CacheProtocol.Path}/lookup", new CacheLookupRequest(keys, version), Json.CacheLookupRequest);
        return answer.StatusCode == HttpStatusCode.NoContent ? null : await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(Json.CacheResponse);
    }
}
