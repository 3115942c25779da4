using System.Security.Cryptography;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class MasterKeyTests
{
    [Fact]
    public void The_key_is_made_once_and_only_its_owner_can_read_it()
    {
        using var temporary = new TemporaryFolder();
        var folder = DataFolder.Open(temporary["data"]);
        var key = MasterKey.Load(folder, given: null);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.MasterKeyFile));
        Assert.Equal(key.Id, MasterKey.Load(folder, given: null).Id);
    }

    [Fact]
    public void A_key_that_others_can_read_is_refused()
    {
        using var temporary = new TemporaryFolder();
        var folder = DataFolder.Open(temporary["data"]);
        MasterKey.Load(folder, given: null);
        File.SetUnixFileMode(folder.MasterKeyFile, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<StartupException>(() => MasterKey.Load(folder, given: null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrapped_opens_only_with_the_same_key_and_context_and_unchanged()
    {
        using var temporary = new TemporaryFolder();
        var folder = DataFolder.Open(temporary["data"]);
        var key = MasterKey.Load(folder, given: null);
        var wrapped = key.Wrap("secret"u8, "a/1");
        Assert.Equal("secret"u8.ToArray(), key.Unwrap(wrapped, "a/1"));
        Assert.ThrowsAny<CryptographicException>(() => key.Unwrap(wrapped, "a/2"));
        var other = MasterKey.Load(folder, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        Assert.ThrowsAny<CryptographicException>(() => other.Unwrap(wrapped, "a/1"));
        wrapped[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => key.Unwrap(wrapped, "a/1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("zz00000000000000000000000000000000000000000000000000000000000000")]
    public void A_malformed_key_from_the_environment_is_refused(string given)
    {
        using var temporary = new TemporaryFolder();
        var folder = DataFolder.Open(temporary["data"]);
        Assert.Throws<StartupException>(() => MasterKey.Load(folder, given));
    }
}
