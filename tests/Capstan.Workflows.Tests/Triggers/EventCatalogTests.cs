using Capstan.Workflows.Triggers;
using Xunit;

namespace Capstan.Workflows.Tests.Triggers;

public sealed class EventCatalogTests
{
    /// <summary>Messages and suggestions name events in this order.</summary>
    [Fact]
    public void The_events_are_in_alphabetical_order()
    {
        var names = EventCatalog.All.Select(known => known.Name).ToList();

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
    }
}
