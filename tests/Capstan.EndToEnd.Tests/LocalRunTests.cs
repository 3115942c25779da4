using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary><c>capstan run</c>, as a person starts it.</summary>
public sealed class LocalRunTests
{
    private const string Workflow = """
        on: push
        jobs:
          first:
            runs-on: ubuntu-latest
            strategy: { matrix: { part: [one, two] } }
            outputs: { said: "${{ steps.say.outputs.said }}" }
            steps:
              - uses: actions/checkout@v4
              - id: say
                run: echo "said=hello" >> "$GITHUB_OUTPUT"
              - run: echo "::notice::${{ matrix.part }} ${{ github.event.head_commit.message }}" && echo '# Done' >> "$GITHUB_STEP_SUMMARY"
          second:
            needs: first
            if: needs.first.result == 'success'
            runs-on: ubuntu-latest
            steps:
              - run: echo '${{ needs.first.outputs.said }} ${{ vars.PLACE }} ${{ toJSON(github.event) }}'
        """;

    /// <summary>Its step sees what the program has opened for the whole of the other workflow, its report included: workflows run one after the other, by name.</summary>
    private const string Look = """
        on: push
        jobs:
          look:
            runs-on: ubuntu-latest
            steps:
              - run: |
                  grep -q Capstan.Runner.dll /proc/$PPID/maps || { echo "this is not the program"; exit 1; }
                  ! grep -E 'System.Text.Json|System.Runtime.Numerics' /proc/$PPID/maps || exit 1
                  ! grep -x '.NET Timer' /proc/$PPID/task/*/comm
        """;

    /// <remarks>
    /// .NET loads and prepares what a process touches first: its JSON takes some 15 ms of processor's time, a quarter of a short run's, which a local run can do without. A field, a static
    /// one too, or a method of a class that the run uses is enough to bring it back, and so is to ask .NET for the names of an enumeration that says how it is written. Its big numbers and
    /// its timers take 1 and 3 ms.
    /// </remarks>
    [Fact]
    public async Task A_local_run_starts_without_what_dotnet_loads_slowly()
    {
        var tree = await GitTree.CreateAsync(Path.Combine(CapstanProgram.Root, "without-json"), [(".github/workflows/a.yml", Workflow), (".github/workflows/look.yml", Look)]);

        var result = await CapstanProgram.RunAsync(["run", "--event", "push", "--var", "PLACE=here"], workingDirectory: tree.Folder);

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains("hello here {", result.Output, StringComparison.Ordinal);
    }
}
