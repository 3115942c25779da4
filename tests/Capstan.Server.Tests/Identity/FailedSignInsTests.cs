using Capstan.Server.Identity;
using Capstan.Server.Organizations;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class FailedSignInsTests
{
    [Fact]
    public void The_tenth_wrong_password_for_a_name_from_an_address_makes_it_wait_until_the_window_ends()
    {
        var clock = new FakeClock();
        var failed = new FailedSignIns(clock);
        for (var attempt = 0; attempt < FailedSignIns.MaxPerNameAndAddress; attempt++)
        {
            Assert.Null(failed.MustWait("ada", "10.0.0.1"));
            failed.Failed("Ada", "10.0.0.1");
        }

        Assert.Equal(FailedSignIns.Window, failed.MustWait("ada", "10.0.0.1"));
        Assert.Null(failed.MustWait("ada", "10.0.0.2"));
        Assert.Null(failed.MustWait("bob", "10.0.0.1"));
        clock.Advance(FailedSignIns.Window);
        Assert.Null(failed.MustWait("ada", "10.0.0.1"));
    }

    [Fact]
    public void Names_longer_than_any_users_count_as_one()
    {
        var failed = new FailedSignIns(new FakeClock());
        for (var attempt = 0; attempt < FailedSignIns.MaxPerNameAndAddress; attempt++)
            failed.Failed(new string('x', Slugs.MaxLength + 1 + attempt), "10.0.0.1");
        Assert.NotNull(failed.MustWait(new string('y', 1000), "10.0.0.1"));
        Assert.Null(failed.MustWait(new string('x', Slugs.MaxLength), "10.0.0.1"));
    }

    [Fact]
    public void Many_names_from_one_address_make_the_address_wait()
    {
        var failed = new FailedSignIns(new FakeClock());
        for (var attempt = 0; attempt < FailedSignIns.MaxPerAddress; attempt++)
            failed.Failed($"user{attempt}", "10.0.0.1");
        Assert.NotNull(failed.MustWait("somebody", "10.0.0.1"));
        Assert.Null(failed.MustWait("somebody", "10.0.0.2"));
    }

    [Fact]
    public void A_right_password_forgets_the_wrong_ones_of_its_name()
    {
        var failed = new FailedSignIns(new FakeClock());
        for (var attempt = 0; attempt < FailedSignIns.MaxPerNameAndAddress; attempt++)
            failed.Failed("ada", "10.0.0.1");
        failed.Succeeded("ada", "10.0.0.1");
        Assert.Null(failed.MustWait("ada", "10.0.0.1"));
    }
}
