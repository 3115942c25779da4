using Capstan.Runner.Processes;
using Xunit;

namespace Capstan.Runner.Tests.Processes;

public sealed class ProcessScanTests
{
    /// <summary>The last: a process whose first thread has ended goes on with its others, and holds what it has open.</summary>
    [Theory]
    [InlineData("7 (sh) S 1 7 42 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0", "sh", false, 42)]
    [InlineData("7 (a) b (c) R 1 7 7 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 3 0", "a) b (c", false, 7)]
    [InlineData("7 (sh) Z 1 7 42 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0", "sh", true, 42)]
    [InlineData("7 (sh) X 1 7 42 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 0 0", "sh", true, 42)]
    [InlineData("7 (sh) Z 1 7 42 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 2 0", "sh", false, 42)]
    public void A_process_is_told_by_its_name_its_session_and_whether_it_has_ended(string stat, string name, bool hasEnded, int session) =>
        Assert.Equal((name, hasEnded, session), ProcessScan.ParseStat(stat));

    [Fact]
    public void A_job_has_a_name_of_its_own_without_a_dot_which_would_divide_it_from_its_step()
    {
        var names = Enumerable.Range(0, 100).Select(_ => JobProcesses.NewName()).ToList();

        Assert.Equal(names, names.Distinct(StringComparer.Ordinal));
        Assert.All(names, name => Assert.DoesNotContain('.', name));
    }

    [Fact]
    public void What_is_no_line_of_a_process_is_none() => Assert.Null(ProcessScan.ParseStat("7 sh"));
}
