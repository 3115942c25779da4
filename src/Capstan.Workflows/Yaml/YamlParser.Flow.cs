using YamlDotNet.Core.Tokens;

namespace Capstan.Workflows.Yaml;

/// <content>Collections in brackets and braces.</content>
internal sealed partial class YamlParser
{
    private YamlSequence ReadFlowSequence(Place place, int depth)
    {
        var sequence = OpenFlow(new YamlSequence(place));
        while (Peek() is not FlowSequenceEnd)
        {
            if (sequence.Items.Count > 0)
            {
                Expect<FlowEntry>("',' or ']' was expected");
                if (Peek() is FlowSequenceEnd)
                    break;
            }

            sequence.Add(Peek() is Key key ? ReadSinglePair(key, depth) : ReadNode(depth, block: false, indentless: false));
        }

        Skip();
        return Close(sequence);
    }

    /// <summary><c>[a: b]</c> is a sequence with a mapping in it.</summary>
    private YamlMapping ReadSinglePair(Key key, int depth)
    {
        var mapping = new YamlMapping(Enter(key, depth));
        Skip();
        var name = Peek() is Value or FlowEntry or FlowSequenceEnd ? Empty(Peek().Start) : ReadNode(depth + 1, block: false, indentless: false);
        mapping.AddKey(name);
        mapping.AddValue(ReadFlowValue(depth + 1));
        return mapping;
    }

    private YamlMapping ReadFlowMapping(Place place, int depth)
    {
        var mapping = OpenFlow(new YamlMapping(place));
        while (Peek() is not FlowMappingEnd)
        {
            if (mapping.Entries.Count > 0)
            {
                Expect<FlowEntry>("',' or '}' was expected");
                if (Peek() is FlowMappingEnd)
                    break;
            }

            if (Peek() is Key)
                Skip();
            var key = Peek() is Value or FlowEntry or FlowMappingEnd ? Empty(Peek().Start) : ReadNode(depth, block: false, indentless: false);
            mapping.AddKey(key);
            mapping.AddValue(ReadFlowValue(depth));
        }

        Skip();
        return Close(mapping);
    }

    private YamlNode ReadFlowValue(int depth)
    {
        if (Peek() is not Value)
            return Empty(Peek().Start);
        Skip();
        return Peek() is FlowEntry or FlowSequenceEnd or FlowMappingEnd ? Empty(Peek().Start) : ReadNode(depth, block: false, indentless: false);
    }
}
