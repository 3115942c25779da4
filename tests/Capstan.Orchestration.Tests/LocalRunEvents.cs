using Capstan.Orchestration.Local;
using Xunit;

namespace Capstan.Orchestration.Tests;

public sealed class LocalRunEvents
{
    private readonly RunEvents events = new();

    [Fact]
    public void What_was_told_before_a_failure_is_taken_and_then_the_failure_is_thrown_as_it_is_whatever_comes_later()
    {
        var before = new RunEvent.NodeReady("a");
        var failure = new InvalidOperationException("no");
        events.Tell(before);
        events.Fail(failure);
        events.Tell(new RunEvent.NodeReady("b"));

        Assert.Same(before, events.Take());
        Assert.Same(failure, Assert.Throws<InvalidOperationException>(events.Take));
    }

    [Fact]
    public void Of_several_failures_the_first_counts()
    {
        var first = new InvalidOperationException("first");
        events.Fail(first);
        events.Fail(new InvalidOperationException("second"));

        Assert.Same(first, Assert.Throws<InvalidOperationException>(events.Take));
        Assert.Same(first, Assert.Throws<InvalidOperationException>(events.Take));
    }
}
