using System.Text;

namespace Capstan.Cli.Terminals;

/// <summary>A <see cref="TextWriter"/> over a terminal's standard output, for the parser's help.</summary>
internal sealed class TerminalWriter(Terminal terminal) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => terminal.Text(value.ToString());

    public override void Write(string? value) => terminal.Text(value ?? "");
}
