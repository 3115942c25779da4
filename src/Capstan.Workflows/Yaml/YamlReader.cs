using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Capstan.Workflows.Yaml;

/// <summary>What stopped the reading of a file: there is one at most, because nothing after it can be trusted.</summary>
/// <param name="Place">Unknown for a limit that the file breaks as a whole.</param>
internal sealed record YamlError(Place Place, string Code, string Message);

/// <param name="Root">Null when there is an error, or the file holds no node.</param>
internal sealed record YamlReadResult(YamlNode? Root, YamlError? Error);

/// <summary>
/// Builds nodes from the parser's events, with places, anchors and aliases, and within <see cref="YamlLimits"/>. Time and memory are linear in the file.
/// </summary>
internal sealed class YamlReader
{
    private readonly Parser parser;
    private readonly YamlLimits limits;
    private readonly Dictionary<string, YamlNode> anchors = new(StringComparer.Ordinal);

    /// <summary>Events so far with aliases written out.</summary>
    private long events;

    private YamlReader(string yaml, YamlLimits limits)
    {
        parser = new Parser(new Scanner(new StringReader(yaml), skipComments: true));
        this.limits = limits;
    }

    public static YamlReadResult Read(string yaml, YamlLimits limits)
    {
        if (yaml.Length > limits.MaxFileSize)
            return Refuse(default, "limit", $"The maximum file size of {limits.MaxFileSize} characters has been exceeded");

        var text = yaml.Length > 0 && yaml[0] == '\uFEFF' ? yaml[1..] : yaml;
        var result = ReadOnce(text, limits);
        if (result.Error is { Code: BlockScalarRepair.Code })
            result = ReadOnce(BlockScalarRepair.Apply(text), limits);
        return result;
    }

    private static YamlReadResult ReadOnce(string yaml, YamlLimits limits)
    {
        try
        {
            return new YamlReadResult(new YamlReader(yaml, limits).ReadDocument(), null);
        }
        catch (Refusal refusal)
        {
            return new YamlReadResult(null, refusal.Error);
        }
        catch (YamlException exception)
        {
            var code = BlockScalarRepair.Explains(exception) ? BlockScalarRepair.Code : "yaml";
            return Refuse(PlaceOf(exception.Start), code, $"The file is not valid YAML: {Sentence(exception.Message)}");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException or KeyNotFoundException)
        {
            // The scanner meets a few malformed inputs with an exception of the base library instead of its own; for the author of the file it is the same mistake.
            return Refuse(default, "yaml", "The file is not valid YAML");
        }
    }

    private YamlNode? ReadDocument()
    {
        Expect<StreamStart>();
        if (parser.Current is StreamEnd)
            return null;

        Expect<DocumentStart>();
        var root = ReadNode(0);
        Expect<DocumentEnd>();
        if (parser.Current is DocumentStart next)
            throw new Refusal(PlaceOf(next.Start), "yaml", "A workflow file holds one YAML document; a second one starts here");
        return root;
    }

    private YamlNode ReadNode(int depth)
    {
        switch (parser.Current)
        {
            case Scalar scalar:
                Count(1);
                Next();
                return Anchored(scalar.Anchor, ReadScalar(scalar));
            case SequenceStart start:
                Enter(depth);
                Next();
                var sequence = new YamlSequence(PlaceOf(start.Start));
                while (parser.Current is not SequenceEnd)
                    sequence.Add(ReadNode(depth + 1));
                Next();
                return Anchored(start.Anchor, sequence);
            case MappingStart start:
                Enter(depth);
                Next();
                var mapping = new YamlMapping(PlaceOf(start.Start));
                while (parser.Current is not MappingEnd)
                    mapping.Add(ReadNode(depth + 1), ReadNode(depth + 1));
                Next();
                return Anchored(start.Anchor, mapping);
            case AnchorAlias alias:
                Next();
                return ReadAlias(alias, depth);
            default:
                throw new Refusal(PlaceOf(parser.Current?.Start ?? Mark.Empty), "yaml", "The file is not valid YAML: a value was expected");
        }
    }

    private YamlNode ReadAlias(AnchorAlias alias, int depth)
    {
        var name = alias.Value.Value;
        if (!anchors.TryGetValue(name, out var node))
            throw new Refusal(PlaceOf(alias.Start), "yaml", $"Unknown anchor '{name}': an alias stands for a node that ends before it");

        Count(node.Events);
        if (depth + node.Height > limits.MaxDepth)
            throw DepthExceeded();
        return node;
    }

    private static YamlScalar ReadScalar(Scalar scalar)
    {
        var place = PlaceOf(scalar.Start);
        if (scalar.Tag.IsEmpty)
            return new YamlScalar(place, scalar.Value, scalar.Style == ScalarStyle.Plain ? ScalarTag.Implicit : ScalarTag.String);
        if (scalar.Tag.IsNonSpecific)
            return new YamlScalar(place, scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Tag.Value is "?" ? ScalarTag.Implicit : ScalarTag.String);

        var tag = scalar.Tag.Value switch
        {
            "tag:yaml.org,2002:str" => ScalarTag.String,
            "tag:yaml.org,2002:null" => ScalarTag.Null,
            "tag:yaml.org,2002:bool" => ScalarTag.Boolean,
            "tag:yaml.org,2002:int" => ScalarTag.Integer,
            "tag:yaml.org,2002:float" => ScalarTag.Float,
            var other => throw new Refusal(place, "yaml", $"Unexpected tag '{other}'; allowed are !!str, !!null, !!bool, !!int and !!float"),
        };
        if (!Fits(scalar.Value, tag))
        {
            // GitHub reports this for the file as a whole, with the place in the text.
            throw new Refusal(default, "yaml", $"The value '{scalar.Value}' on line {place.Line} and column {place.Column} is invalid for the type '{scalar.Tag.Value}'");
        }

        return new YamlScalar(place, scalar.Value, tag);
    }

    private static bool Fits(string text, ScalarTag tag) => tag switch
    {
        ScalarTag.Null => CoreScalar.IsNull(text),
        ScalarTag.Boolean => CoreScalar.TryBoolean(text, out _),
        ScalarTag.Integer => CoreScalar.TryInteger(text, out _),
        ScalarTag.Float => CoreScalar.TryNumber(text, out _),
        _ => true,
    };

    private YamlNode Anchored(AnchorName anchor, YamlNode node)
    {
        if (!anchor.IsEmpty)
            anchors[anchor.Value] = node;
        return node;
    }

    private void Enter(int depth)
    {
        Count(1);
        if (depth >= limits.MaxDepth)
            throw DepthExceeded();
    }

    private void Count(long more)
    {
        events += more;
        if (events > limits.MaxEvents)
            throw new Refusal(default, "limit", $"The file has more than {limits.MaxEvents} YAML nodes, aliases written out");
    }

    private void Expect<T>()
        where T : ParsingEvent
    {
        if (parser.Current is null && !parser.MoveNext())
            throw new Refusal(default, "yaml", "The file is not valid YAML");
        if (parser.Current is not T)
            throw new Refusal(PlaceOf(parser.Current!.Start), "yaml", "The file is not valid YAML: one value was expected");
        Next();
    }

    private void Next() => parser.MoveNext();

    private static Refusal DepthExceeded() => new(default, "limit", "Maximum object depth exceeded");

    private static Place PlaceOf(in Mark mark) => new((int)mark.Line, (int)mark.Column);

    private static YamlReadResult Refuse(Place place, string code, string message) => new(null, new YamlError(place, code, message));

    /// <summary>The parser's own words, without the place it may put at their end.</summary>
    private static string Sentence(string message) => message.Length == 0 ? "it cannot be read" : char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');

    /// <summary>Carries the one error out of the recursion; never leaves this class.</summary>
    private sealed class Refusal(Place place, string code, string message) : Exception(message)
    {
        public YamlError Error { get; } = new(place, code, message);
    }
}
