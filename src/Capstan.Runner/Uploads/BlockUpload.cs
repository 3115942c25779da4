using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Uploads;

/// <summary>Uploads an artifact or a cache as <see cref="UploadProtocol"/> says.</summary>
internal static class BlockUpload
{
    /// <param name="path">Of artifacts or of caches.</param>
    /// <param name="begin">The request that begins it.</param>
    /// <param name="write">Writes the bytes.</param>
    public static async Task<StoreResult<TAnswer>> RunAsync<TBegin, TAnswer>(
        JobServer server,
        string path,
        TBegin begin,
        JsonTypeInfo<TBegin> form,
        JsonTypeInfo<TAnswer> answer,
        Func<Stream, CancellationToken, Task> write,
        CancellationToken cancel)
        where TAnswer : class
    {
        var begun = await server.PostAsync(path, begin, form, ContractsJson.Default.UploadResponse, cancel);
        if (begun is not StoreResult<UploadResponse?>.Done { Value: { Id: var id } }) return Refused<UploadResponse?, TAnswer>(begun);
        var upload = string.Create(CultureInfo.InvariantCulture, $"{path}/{id}");

        await using var blocks = new BlockStream((name, bytes, stop) => server.PutAsync($"{upload}/blocks/{name}", bytes, stop), cancel);
        await using var hashing = new HashingStream(blocks);
        try
        {
            await write(hashing, cancel);
        }
        catch (UploadRefusedException)
        {
            // The end below says why.
        }

        var sent = await blocks.EndAsync();
        if (sent is not StoreResult<IReadOnlyList<string>>.Done { Value: var names }) return Refused<IReadOnlyList<string>, TAnswer>(sent);
        var commit = new CommitUploadRequest(names, hashing.Size, hashing.Sha256);
        var committed = await server.PostAsync($"{upload}/commit", commit, ContractsJson.Default.CommitUploadRequest, answer, cancel);
        return committed is StoreResult<TAnswer?>.Done { Value: { } made } ? new StoreResult<TAnswer>.Done(made) : Refused<TAnswer?, TAnswer>(committed);
    }

    private static StoreResult<TTo>.Refused Refused<TFrom, TTo>(StoreResult<TFrom> result) =>
        result is StoreResult<TFrom>.Refused refused
            ? new StoreResult<TTo>.Refused(refused.Code, refused.Message)
            : new StoreResult<TTo>.Refused(ErrorCodes.InternalError, "The server answered nothing");
}
