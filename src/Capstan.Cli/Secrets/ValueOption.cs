using System.CommandLine;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.Secrets;

/// <summary>Where a value comes from: <c>--value</c>, <c>--value-file</c>, else standard input, or a question at the terminal.</summary>
internal sealed class ValueOption(string what)
{
    private readonly Option<string?> value = new("--value") { Description = "The value itself; other users of this machine can see it while the command runs", HelpName = "TEXT" };
    private readonly Option<string?> file = new("--value-file") { Description = "A file that holds exactly the value (default: standard input, less its last line end)", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Options.Add(value);
        command.Options.Add(file);
    }

    public Source Read(ParseResult parsed)
    {
        var (text, path) = (parsed.GetValue(value), parsed.GetValue(file));
        return text is null || path is null ? new Source(what, text, path) : throw CommandException.Usage("Give --value or --value-file, not both.");
    }

    /// <param name="Text">The value itself.</param>
    /// <param name="File">Its file; both null: standard input.</param>
    internal sealed record Source(string What, string? Text, string? File)
    {
        /// <param name="piped">Standard input when it is no terminal; null: a person is asked, and what is typed is not shown.</param>
        public async Task<string> ReadAsync(Terminal terminal, TextReader? piped, CancellationToken cancel)
        {
            if (Text is not null)
            {
                return Text;
            }

            if (File is null)
            {
                return piped is null ? Prompt.Open(terminal).Secret(What) : WithoutLineEnd(await piped.ReadToEndAsync(cancel));
            }

            try
            {
                return await System.IO.File.ReadAllTextAsync(File, cancel);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw CommandException.Usage($"The file {File} cannot be read: {e.Message}");
            }
        }

        // What echo and here-documents put behind a value is not part of it.
        private static string WithoutLineEnd(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }
}
