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
    private Token? current;

    /// <summary>Nodes and ends so far, aliases written out.</summary>
    private long events;

    /// <summary>Known once the document is read.</summary>
    public IReadOnlyList<YamlAnchor> UnusedAnchors => anchored.TrueForAll(target => target.IsUsed) ? [] : [.. anchored.Where(target => !target.IsUsed).Select(target => target.Anchor)];

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
        var root = start is { } after && Peek() is DocumentStart or DocumentEnd or StreamEnd ? Empty(after) : ReadNode(0, block: true, indentless: false);
        while (Peek() is DocumentEnd)
            Skip();
        return Peek() switch
        {
            StreamEnd => root,
            DocumentStart or VersionDirective or TagDirective => throw Refuse(Peek().Start, "a workflow file holds one YAML document; a second one starts here"),
            var other => throw Refuse(other.Start, "the document ends before this; is the indentation right?"),
        };
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
        var sequence = new YamlSequence(place);
        while (Peek() is BlockEntry entry)
        {
            Skip();
            sequence.Add(Peek() is BlockEntry or BlockEnd ? Empty(entry.End) : ReadNode(depth, block: true, indentless: false));
        }

        Expect<BlockEnd>("'-' or the end of the sequence was expected");
        return sequence;
    }

    private YamlSequence ReadIndentlessSequence(Place place, int depth)
    {
        var sequence = new YamlSequence(place);
        while (Peek() is BlockEntry entry)
        {
            Skip();
            sequence.Add(Peek() is BlockEntry or Key or Value or BlockEnd ? Empty(entry.End) : ReadNode(depth, block: true, indentless: false));
        }

        return sequence;
    }

    private YamlMapping ReadBlockMapping(Place place, int depth)
    {
        var mapping = new YamlMapping(place);
        while (Peek() is Key or Value)
            mapping.Add(ReadBlockKey(depth), ReadBlockValue(depth));
        Expect<BlockEnd>("a key was expected; is the indentation right?");
        return mapping;
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
        Count(node.Events);
        if (depth + node.Height > limits.MaxDepth)
            throw DepthExceeded();
        return node;
    }

    private YamlScalar ReadScalar(in Mark start, string text, bool plain, Tag? tag)
    {
        Count(1);
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
            throw new YamlRefusal(default, "yaml", $"The value '{text}' on line {place.Line} and column {place.Column} is invalid for the type '{name}'");
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
        Count(1);
        return new YamlScalar(PlaceOf(mark), "", ScalarTag.Implicit);
    }

    /// <summary>Begins a collection within the limits.</summary>
    private Place Enter(Token first, int depth)
    {
        Count(1);
        return depth < limits.MaxDepth ? PlaceOf(first.Start) : throw DepthExceeded();
    }

    private void Count(long more)
    {
        events += more;
        if (events > limits.MaxEvents)
            throw new YamlRefusal(default, "limit", $"The file has more than {limits.MaxEvents} YAML nodes, aliases written out");
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
                throw new YamlRefusal(default, "yaml", "The file is not valid YAML: it ends too early");
            if (token is Error error)
                throw Refuse(error.Start, error.Value);
            current = token;
        }

        return current;
    }

    private void Skip()
    {
        current = null;
        scanner.ConsumeCurrent();
    }

    private static YamlRefusal DepthExceeded() => new(default, "limit", "Maximum object depth exceeded");

    private static YamlRefusal Refuse(in Mark mark, string message) => new(PlaceOf(mark), "yaml", $"The file is not valid YAML: {message}");

    private sealed class AnchoredNode(YamlAnchor anchor, YamlNode node)
    {
        public YamlAnchor Anchor { get; } = anchor;

        public YamlNode Node { get; } = node;

        public bool IsUsed { get; set; }
    }
}
