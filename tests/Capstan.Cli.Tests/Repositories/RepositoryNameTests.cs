using Capstan.Cli.Repositories;
using Xunit;

namespace Capstan.Cli.Tests.Repositories;

public sealed class RepositoryNameTests
{
    [Theory]
    [InlineData("acme/app", true)]
    [InlineData("acme", false)]
    [InlineData("acme/", false)]
    [InlineData("/app", false)]
    [InlineData("acme/app/x", false)]
    [InlineData("", false)]
    public void A_repository_is_named_by_its_owner_and_its_name(string text, bool valid) => Assert.Equal(valid, RepositoryName.TryParse(text, out _));

    [Fact]
    public void Its_address_is_escaped() => Assert.Equal("v1/repos/a%20b/c%3Fd", new RepositoryName("a b", "c?d").Address);
}
