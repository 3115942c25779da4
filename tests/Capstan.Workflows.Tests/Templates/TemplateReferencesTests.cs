using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;
using Xunit;

namespace Capstan.Workflows.Tests.Templates;

public sealed class TemplateReferencesTests
{
    [Theory]
    [InlineData("plain", "")]
    [InlineData("${{ github.ref }}", "github.ref")]
    [InlineData("a ${{ secrets.KEY }} b ${{ env.X || secrets.key }}", "secrets.KEY, env.X")]
    [InlineData("${{ secrets[inputs.name] }}", "secrets[inputs.name] as secrets.*, inputs.name")]
    [InlineData("${{ toJSON(secrets) }}", "secrets")]
    [InlineData("${{ fromJSON(vars.list)[0] }}", "vars.list")]
    [InlineData("${{ matrix['os'].name }}", "matrix['os'].name as matrix.os.name")]
    [InlineData("${{ steps.*.outputs }}", "steps.*.outputs as steps.*.*")]
    public void Everything_that_expressions_name_is_found(string text, string names) =>
        Assert.Equal(names, string.Join(", ", TemplateReferences.Of(Token(text)).Select(r => r.Text == string.Join('.', r.Path) ? r.Text : $"{r.Text} as {string.Join('.', r.Path)}")));

    [Theory]
    [InlineData("plain")]
    [InlineData("${{ github.ref }}")]
    [InlineData("a ${{ secrets.KEY }} b {0} ${{ format('{0}', 1) }}")]
    [InlineData("it's ${{ join(github.*, ', ') }}")]
    public void The_source_is_what_the_author_wrote(string text) => Assert.Equal(text, TemplateReferences.Source(Token(text)));

    [Theory]
    [InlineData("${{ hashFiles('**/lock') }}", true)]
    [InlineData("key-${{ runner.os }}-${{ HashFiles('a') }}", true)]
    [InlineData("hashFiles('a')", false)]
    public void Reading_files_is_seen(string text, bool reads) => Assert.Equal(reads, TemplateReferences.ReadsFiles(Token(text)));

    /// <summary>Read as a step's script is.</summary>
    private static TemplateToken Token(string text)
    {
        var read = WorkflowReader.Read("a.yml", $"on: push\njobs:\n  x:\n    runs-on: a\n    steps:\n      - run: \"{text}\"\n");
        return read.Definition!.Jobs[0].Steps[0].Run!;
    }
}
