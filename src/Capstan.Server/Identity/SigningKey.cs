using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Capstan.Server.Identity;

/// <summary>A key in use. Thread-safe, and those who sign at the same time do not wait for each other: a signature takes a good part of a millisecond.</summary>
public sealed class SigningKey
{
    /// <summary>Kept, because a new one costs as much as several signatures; when more sign at once, their own are thrown away.</summary>
    private const int MaxIdle = 64;

    private readonly RSAParameters parameters;

    // RSA objects of OpenSSL are not promised to be safe for concurrent use: each caller has one to itself.
    private readonly ConcurrentQueue<RSA> idle = [];

    internal SigningKey(string kid, RSAParameters parameters)
    {
        Kid = kid;
        this.parameters = parameters;
    }

    public string Kid { get; }

    public byte[] Sign(byte[] data) => With(rsa => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public bool Verify(byte[] data, byte[] signature) => With(rsa => rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private T With<T>(Func<RSA, T> use)
    {
        var rsa = idle.TryDequeue(out var taken) ? taken : RSA.Create(parameters);
        try
        {
            return use(rsa);
        }
        finally
        {
            if (idle.Count < MaxIdle)
                idle.Enqueue(rsa);
            else
                rsa.Dispose();
        }
    }
}
