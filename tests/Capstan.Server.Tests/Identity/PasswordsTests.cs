using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class PasswordsTests
{
    [Fact]
    public void The_same_password_is_stored_differently_each_time_and_recognised()
    {
        var (one, two) = (Passwords.Encode("correct horse"), Passwords.Encode("correct horse"));
        Assert.NotEqual(one, two);
        Assert.DoesNotContain("correct", one, StringComparison.Ordinal);
        Assert.True(Passwords.Verify("correct horse", one));
        Assert.False(Passwords.Verify("correct horsf", one));
    }

    [Fact]
    public void Nobody_has_a_password() => Assert.False(Passwords.Verify("correct horse", encoded: null));

    [Theory]
    [InlineData("123456789", false)]
    [InlineData("1234567890", true)]
    public void A_new_password_has_a_least_length(string password, bool accepted) => Assert.Equal(accepted, Passwords.Refuse(password) is null);

    [Fact]
    public void A_new_password_has_a_greatest_length()
    {
        Assert.Null(Passwords.Refuse(new string('a', Passwords.MaxLength)));
        Assert.NotNull(Passwords.Refuse(new string('a', Passwords.MaxLength + 1)));
    }

    [Fact]
    public async Task A_remembered_password_stops_to_count_when_it_is_changed()
    {
        using var check = new PasswordCheck(new FakeClock());
        var user = new UserId(1);
        var old = Passwords.Encode("old password");
        Assert.True(await check.VerifyAsync(user, "old password", old));
        Assert.True(await check.VerifyAsync(user, "old password", old));
        Assert.False(await check.VerifyAsync(user, "old password", Passwords.Encode("new password")));
        Assert.False(await check.VerifyAsync(new UserId(2), "old password", encoded: null));
    }
}
