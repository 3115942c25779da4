using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace Capstan.Workflows.Yaml;

/// <summary>
/// YAML's grammar over the library's tokens: nodes with places, anchors and aliases, within <see cref="YamlLimits"/>. The library's own parser is passed by: it compiles regular
/// expressions at its first use, which costs a short command more than all of its reading. Recursion is as deep as the limit on nesting allows.
/// Source: https://yaml.org/spec/1.2.2/
/// </summary>
internal sealed partial class YamlParser(string yaml, YamlLimits limits)
{
    private const string CoreTag = "tag:yaml.org,2002:";

    private readonly Scanner scanner = new(new StringReader(yaml), skipComments: true);
    private readonly Dictionary<string, AnchoredNode> anchors = new(StringComparer.Ordinal);
    private readonly List<AnchoredNode> anchored = [];
    private readonly Dictionary<string, string> tagHandles = new(StringComparer.Ordinal) { ["!"] = "!", ["!!"] = CoreTag };
    /// <summary>Collections that are being read, the innermost on top.</summary>
    private readonly Stack<YamlNode> open = [];

    private Token? current;

    /// <summary>The document, once it is read to its end.</summary>
    private YamlNode? root;

    /// <summary>Of the collections that are being read, the first in brackets or braces.</summary>
    private YamlNode? outermostFlow;

    /// <summary>Where the last token ended that was passed.</summary>
    private Mark passed;

    /// <summary>Nodes and ends so far, aliases written out.</summary>
    private long events;

    /// <summary>Known once the document is read.</summary>
    public IReadOnlyList<YamlAnchor> UnusedAnchors =>
        anchored.TrueForAll(target => target.IsUsed) ? [] : [.. anchored.Where(target => !target.IsUsed).Select(target => target.Anchor)];

    /// <summary>Where the innermost bracket or brace stands that is not closed yet; null when all are.</summary>
    public Place? OpenBracket => outermostFlow is null ? null : open.Peek().Place;

    /// <summary>How far the file was read.</summary>
    public Place Reached => PlaceOf(passed);

    public static Place PlaceOf(in Mark mark) => new((int)mark.Line, (int)mark.Column);

    /// <summary>The one document; null when there is none.</summary>
    /// <exception cref="YamlRefusal">The file is not YAML, or breaks a limit.</exception>
    public YamlNode? ReadDocument()
    {
        if (Peek() is StreamStart)
            Skip();
        while (Peek() is DocumentEnd)
            Skip();
        ReadDirectives();
        if (Peek() is StreamEnd)
            return null;

        Mark? start = Peek() is DocumentStart marker ? marker.End : null;
        if (start is not null)
            Skip();
        root = start is { } after && Peek() is DocumentStart or DocumentEnd or StreamEnd ? Empty(after) : ReadNode(0, block: true, indentless: false);
        while (Peek() is DocumentEnd)
            Skip();
        return Peek() switch
        {
            StreamEnd => root,
            DocumentStart or VersionDirective or TagDirective =>
                throw Refuse(Peek().Start, "a workflow file holds one YAML document; a second one starts here"),
            var other => throw Refuse(other.Start, "the document ends before this; is the indentation right?"),
        };
    }

    /// <summary>
    /// After a refusal: what was read before it, without what it makes doubtful, which is all of an open bracket and the scalar just before the refused text (an indentation that
    /// is wrong makes one text of two lines). Null when nothing is left.
    /// </summary>
    public YamlNode? Salvage()
    {
        while (outermostFlow is not null)
            Close(open.Peek());
        var isBetweenEntries = open.TryPeek(out var innermost) && innermost is not YamlMapping { HasOpenKey: true };
        if (open.Count == 0)
            Cut(root, dropLast: false);
        var inner = root;
        while (open.TryPop(out var node))
        {
            if (node is YamlSequence sequence && inner is not null)
                sequence.Add(inner);
            else if (node is YamlMapping { HasOpenKey: true } mapping && inner is not null)
                mapping.AddValue(inner);
            Cut(node, isBetweenEntries && inner is null);
            inner = node;
        }

        return inner;
    }

    /// <param name="dropLast">The refused text follows directly: neither is the last entry of all that ends with it sure to be complete.</param>
    private static void Cut(YamlNode? node, bool dropLast)
    {
        switch (node)
        {
            case YamlSequence sequence:
                sequence.Cut(dropLast);
                if (dropLast && sequence.Items is [.., var item])
                    Cut(item, dropLast);
                break;
            case YamlMapping mapping:
                mapping.Cut(dropLast);
                if (dropLast && mapping.Entries is [.., var entry])
                    Cut(entry.Value, dropLast);
                break;
        }
    }

    private T Open<T>(T collection)
        where T : YamlNode
    {
        open.Push(collection);
        return collection;
    }

    private T OpenFlow<T>(T collection)
        where T : YamlNode
    {
        outermostFlow ??= collection;
        return Open(collection);
    }

    private T Close<T>(T collection)
        where T : YamlNode
    {
        open.Pop();
        if (outermostFlow == collection)
            outermostFlow = null;
        return collection;
    }

    private void ReadDirectives()
    {
        for (; ; Skip())
        {
            switch (Peek())
            {
                case VersionDirective { Version.Major: 1 }:
                    break;
                case VersionDirective version:
                    throw Refuse(version.Start, "only YAML 1 is read");
                case TagDirective tag:
                    tagHandles[tag.Handle] = tag.Prefix;
                    break;
                default:
                    return;
            }
        }
    }

    /// <param name="block">Block collections may begin here.</param>
    /// <param name="indentless">A sequence may stand at the indentation of its key.</param>
    private YamlNode ReadNode(int depth, bool block, bool indentless)
    {
        var first = Peek();
        if (first is AnchorAlias alias)
        {
            Skip();
            return ReadAlias(alias, depth);
        }

        var (anchor, tag) = ReadProperties();
        var node = ReadContent(first, tag, depth, block, indentless) ?? (anchor is null && tag is null
            ? throw Refuse(first.Start, "a value was expected here")
            : ReadScalar(first.Start, "", plain: true, tag));
        if (anchor is not null)
            anchored.Add(anchors[anchor.Value.Value] = new AnchoredNode(new YamlAnchor(anchor.Value.Value, PlaceOf(anchor.Start)), node));
        return node;
    }

    private (Anchor? Anchor, Tag? Tag) ReadProperties()
    {
        Anchor? anchor = null;
        Tag? tag = null;
        for (; ; Skip())
        {
            switch (Peek())
            {
                case Anchor found when anchor is null:
                    anchor = found;
                    break;
                case Tag found when tag is null:
                    tag = found;
                    break;
                default:
                    return (anchor, tag);
            }
        }
    }

    /// <summary>Null when no content follows.</summary>
    private YamlNode? ReadContent(Token first, Tag? tag, int depth, bool block, bool indentless)
    {
        switch (Peek())
        {
            case Scalar scalar:
                Skip();
                return ReadScalar(first.Start, scalar.Value, scalar.Style == ScalarStyle.Plain, tag);
            case BlockEntry when indentless:
                return ReadIndentlessSequence(Enter(first, depth), depth + 1);
            case BlockSequenceStart when block:
                Skip();
                return ReadBlockSequence(Enter(first, depth), depth + 1);
            case BlockMappingStart when block:
                Skip();
                return ReadBlockMapping(Enter(first, depth), depth + 1);
            case FlowSequenceStart:
                Skip();
                return ReadFlowSequence(Enter(first, depth), depth + 1);
            case FlowMappingStart:
                Skip();
                return ReadFlowMapping(Enter(first, depth), depth + 1);
            default:
                return null;
        }
    }

    private YamlSequence ReadBlockSequence(Place place, int depth)
    {
        var sequence = Open(new YamlSequence(place));
        while (Peek() is BlockEntry entry)
        {
            Skip();
            sequence.Add(Peek() is BlockEntry or BlockEnd ? Empty(entry.End) : ReadNode(depth, block: true, indentless: false));
        }

        Expect<BlockEnd>("'-' or the end of the sequence was expected; is the indentation right?");
        return Close(sequence);
    }

    private YamlSequence ReadIndentlessSequence(Place place, int depth)
    {
        var sequence = Open(new YamlSequence(place));
        while (Peek() is BlockEntry entry)
        {
            Skip();
            sequence.Add(Peek() is BlockEntry or Key or Value or BlockEnd ? Empty(entry.End) : ReadNode(depth, block: true, indentless: false));
        }

        return Close(sequence);
    }

    private YamlMapping ReadBlockMapping(Place place, int depth)
    {
        var mapping = Open(new YamlMapping(place));
        while (Peek() is Key or Value)
        {
            mapping.AddKey(ReadBlockKey(depth));
            mapping.AddValue(ReadBlockValue(depth));
        }

        Expect<BlockEnd>("a key was expected; is the indentation right?");
        return Close(mapping);
    }

    private YamlNode ReadBlockKey(int depth)
    {
        if (Peek() is not Key key)
            return Empty(Peek().Start);
        Skip();
        return Peek() is Key or Value or BlockEnd ? Empty(key.End) : ReadNode(depth, block: true, indentless: true);
    }

    private YamlNode ReadBlockValue(int depth)
    {
        if (Peek() is not Value value)
            return Empty(Peek().Start);
        Skip();
        return Peek() is Key or Value or BlockEnd ? Empty(value.End) : ReadNode(depth, block: true, indentless: true);
    }

    private YamlNode ReadAlias(AnchorAlias alias, int depth)
    {
        if (!anchors.TryGetValue(alias.Value.Value, out var target))
            throw Refuse(alias.Start, $"unknown anchor '{alias.Value.Value}': an alias stands for a node that ends before it");

        target.IsUsed = true;
        var node = target.Node;
        Count(node.Events, alias.Start);
        if (depth + node.Height > limits.MaxDepth)
            throw DepthExceeded(alias.Start);
        return node;
    }

    private YamlScalar ReadScalar(in Mark start, string text, bool plain, Tag? tag)
    {
        Count(1, start);
        var place = PlaceOf(start);
        if (tag is null)
            return new YamlScalar(place, text, plain ? ScalarTag.Implicit : ScalarTag.String);

        var name = NameOf(tag);
        var kind = name switch
        {
            "!" or CoreTag + "str" => ScalarTag.String,
            CoreTag + "null" => ScalarTag.Null,
            CoreTag + "bool" => ScalarTag.Boolean,
            CoreTag + "int" => ScalarTag.Integer,
            CoreTag + "float" => ScalarTag.Float,
            _ => throw Refuse(start, $"unexpected tag '{name}'; allowed are !!str, !!null, !!bool, !!int and !!float"),
        };
        if (!CoreScalar.Fits(text, kind))
        {
            // GitHub reports this for the file as a whole, with the place in the text.
            throw new YamlRefusal(
                default,
                place,
                "yaml",
                $"The value '{text}' on line {place.Line} and column {place.Column} is invalid for the type '{name}'");
        }

        return new YamlScalar(place, text, kind);
    }

    private string NameOf(Tag tag)
    {
        if (tag.Handle.Length == 0)
            return tag.Suffix;
        return tagHandles.TryGetValue(tag.Handle, out var prefix) ? prefix + tag.Suffix : throw Refuse(tag.Start, $"unknown tag handle '{tag.Handle}'");
    }

    private YamlScalar Empty(in Mark mark)
    {
        Count(1, mark);
        return new YamlScalar(PlaceOf(mark), "", ScalarTag.Implicit);
    }

    /// <summary>Begins a collection within the limits.</summary>
    private Place Enter(Token first, int depth)
    {
        Count(1, first.Start);
        return depth < limits.MaxDepth ? PlaceOf(first.Start) : throw DepthExceeded(first.Start);
    }

    private void Count(long more, in Mark at)
    {
        events += more;
        if (events > limits.MaxEvents)
            throw LimitExceeded(at, $"The file has more than {limits.MaxEvents} YAML nodes, aliases written out");
    }

    private void Expect<T>(string otherwise)
        where T : Token
    {
        if (Peek() is not T)
            throw Refuse(Peek().Start, otherwise);
        Skip();
    }

    private Token Peek()
    {
        if (current is null)
        {
            if (!scanner.MoveNextWithoutConsuming() || scanner.Current is not { } token)
                throw Refuse(passed, "it ends too early");
            if (token is Error error)
                throw Refuse(error.Start, ScannerWords.Of(error.Value, error.Start.Line > passed.Line));
            current = token;
        }

        return current;
    }

    private void Skip()
    {
        passed = current!.End;
        current = null;
        scanner.ConsumeCurrent();
    }

    private YamlRefusal DepthExceeded(in Mark at) =>
        LimitExceeded(at, $"Maximum object depth exceeded: sequences and mappings stand more than {limits.MaxDepth} levels inside one another");

    /// <remarks>GitHub reports it for the file as a whole; whoever mends it wants to know where it begins.</remarks>
    private static YamlRefusal LimitExceeded(in Mark at, string message)
    {
        var place = PlaceOf(at);
        return new YamlRefusal(default, place, "limit", $"{message}, from line {place.Line}, column {place.Column} on");
    }

    private static YamlRefusal Refuse(in Mark mark, string message) => new(PlaceOf(mark), PlaceOf(mark), "yaml", $"The file is not valid YAML: {message}");

    private sealed class AnchoredNode(YamlAnchor anchor, YamlNode node)
    {
        public YamlAnchor Anchor { get; } = anchor;

        public YamlNode Node { get; } = node;

        public bool IsUsed { get; set; }
    }
}
