using System.Text.Json;
using Capstan.Contracts.RunnerProtocol;
using Xunit;

namespace Capstan.Contracts.Tests;

public sealed class StatusTests
{
    [Fact]
    public void Every_status_reads_back_from_its_name() => Assert.All(Enum.GetValues<Status>(), s => Assert.Equal(s, StatusNames.ParseStatus(s.Name())));

    [Fact]
    public void Every_conclusion_reads_back_from_its_name() => Assert.All(Enum.GetValues<Conclusion>(), c => Assert.Equal(c, StatusNames.ParseConclusion(c.Name())));

    [Fact]
    public void An_unknown_name_is_refused() => Assert.Throws<FormatException>(() => StatusNames.ParseStatus("done"));

    [Fact]
    public void On_the_wire_names_are_lower_case_with_underscores_and_nulls_are_left_out()
    {
        var report = new StepReport(1, "Build", Status.InProgress, Conclusion: null, Outcome: null, StartedAt: null, CompletedAt: null);
        var json = JsonSerializer.Serialize(new StepsRequest([report], []), ContractsJson.Default.StepsRequest);
        Assert.Equal("""{"steps":[{"number":1,"name":"Build","status":"in_progress"}],"annotations":[],"started":false}""", json);
    }
}
