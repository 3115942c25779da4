using Markdig;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Renderers;

namespace Capstan.Server.Web;

/// <summary>
/// Ends the parsing of Markdown that takes too long: for some texts the parser looks through all that follows at each bracket or line. It recognizes nothing itself: it stands before
/// the other parsers and looks at the clock, at each line and at each character from which such a search begins. Thread-safe.
/// </summary>
/// <exception cref="TimeoutException">Thrown by the parsing of a text whose time is over.</exception>
internal sealed class MarkdownDeadline : IMarkdownExtension
{
    private static readonly object Key = new();

    /// <summary>The context to parse a text with.</summary>
    public static MarkdownParserContext In(TimeSpan limit) => new() { Properties = { [Key] = Environment.TickCount64 + (long)limit.TotalMilliseconds } };

    public void Setup(MarkdownPipelineBuilder pipeline)
    {
        pipeline.BlockParsers.Insert(0, new AtLines());
        pipeline.InlineParsers.Insert(0, new AtCharacters());
    }

    public void Setup(MarkdownPipeline pipeline, IMarkdownRenderer renderer)
    {
    }

    private static void Check(MarkdownParserContext? context)
    {
        if (context is not null && Environment.TickCount64 >= (long)context.Properties[Key]) throw new TimeoutException("The Markdown took too long.");
    }

    private sealed class AtLines : BlockParser
    {
        public override BlockState TryOpen(BlockProcessor processor)
        {
            Check(processor.Context);
            return BlockState.None;
        }
    }

    private sealed class AtCharacters : InlineParser
    {
        public AtCharacters() => OpeningCharacters = [.. "[]!*_~^=+<:`|&\\"];

        public override bool Match(InlineProcessor processor, ref StringSlice slice)
        {
            Check(processor.Context);
            return false;
        }
    }
}
