using Markdig;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Renderers;

namespace Capstan.Server.Web;

/// <summary>
/// Ends the parsing of Markdown that takes too long: for some texts the parser looks through all that follows at each bracket or line. It recognizes nothing itself: it stands before
/// the other parsers and looks at the clock, at each line and at each character from which such a search begins. Thread-safe.
/// </summary>
internal sealed class MarkdownDeadline : IMarkdownExtension
{
    private static readonly object Key = new();

    /// <summary>The context to parse a text with, whose time begins now. The parsing throws a <see cref="TimeoutException"/> when it is over.</summary>
    public static MarkdownParserContext In(TimeProvider clock, TimeSpan limit) =>
        new() { Properties = { [Key] = new Running(clock, clock.GetTimestamp(), limit) } };

    public void Setup(MarkdownPipelineBuilder pipeline)
    {
        pipeline.BlockParsers.Insert(0, new AtLines());
        pipeline.InlineParsers.Insert(0, new AtCharacters());
    }

    public void Setup(MarkdownPipeline pipeline, IMarkdownRenderer renderer)
    {
    }

    /// <exception cref="TimeoutException">The time is over.</exception>
    private static void Check(MarkdownParserContext? context)
    {
        if (context is not null && ((Running)context.Properties[Key]).IsOver) throw new TimeoutException("The Markdown took too long.");
    }

    private sealed record Running(TimeProvider Clock, long Began, TimeSpan Limit)
    {
        public bool IsOver => Clock.GetElapsedTime(Began) >= Limit;
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
