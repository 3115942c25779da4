using System.Security.Cryptography;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Server.Secrets;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Secrets;

public sealed class SecretBoxTests
{
    private const string Here = "actions_secrets/repository_id/1/A";

    [Fact]
    public void What_is_sealed_opens_again_and_never_looks_the_same_twice()
    {
        var box = new SecretBox(NewKey());
        var (one, two) = (box.Seal("grüße", Here), box.Seal("grüße", Here));
        Assert.Equal("grüße", box.Open(one, Here));
        Assert.NotEqual(one.SealedValue, two.SealedValue);
        Assert.NotEqual(one.WrappedKey, two.WrappedKey);
    }

    [Fact]
    public void A_row_copied_over_another_row_opens_nothing()
    {
        var box = new SecretBox(NewKey());
        var secret = box.Seal("value", Here);
        Assert.ThrowsAny<CryptographicException>(() => box.Open(secret, SecretBox.Context("repository_id", 1, "B")));
        var other = box.Seal("other", Here);
        Assert.ThrowsAny<CryptographicException>(() => box.Open(secret with { SealedValue = other.SealedValue }, Here));
    }

    [Fact]
    public void A_secret_of_another_master_key_is_named_and_not_guessed_at()
    {
        var secret = new SecretBox(NewKey()).Seal("value", Here);
        var refusal = Assert.Throws<InvalidOperationException>(() => new SecretBox(NewKey()).Open(secret, Here));
        Assert.Contains(secret.MasterKeyId, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_goes_over_to_a_new_master_key_without_being_sealed_anew()
    {
        var (old, young) = (NewKey(), NewKey());
        var secret = new SecretBox(old).Seal("value", Here);
        var rewrapped = SecretBox.Rewrap(secret, old, young, Here);
        Assert.Equal(young.Id, rewrapped.MasterKeyId);
        Assert.Same(secret.SealedValue, rewrapped.SealedValue);
        Assert.Equal("value", new SecretBox(young).Open(rewrapped, Here));
        Assert.Throws<InvalidOperationException>(() => new SecretBox(old).Open(rewrapped, Here));
    }

    private static MasterKey NewKey()
    {
        using var temporary = new TemporaryFolder();
        return MasterKey.Load(DataFolder.Open(temporary["data"]), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
    }
}
