using System.Buffers.Binary;
using Google.Protobuf;
using Norris.Tests.Simulation;

namespace Norris.Tests.Fuzz;

/// <summary>
/// A Protobuf message taken apart, down to the innermost, so that a change deep inside leaves all lengths round it right: changes of its bytes alone
/// seldom come past the outermost length. A frame of Norris's own is one too: a length, a message, and texts behind it.
/// </summary>
internal sealed class ProtoTree
{
    private readonly List<Field> _fields = [];
    private byte[]? _texts;

    /// <summary>Null: this is no message.</summary>
    public static ProtoTree? TryRead(byte[] bytes)
    {
        const int Length = sizeof(int);
        if (bytes.Length > Length && BinaryPrimitives.ReadInt32LittleEndian(bytes) is var head && head > 0 && head <= bytes.Length - Length
            && Read(bytes[Length..(Length + head)]) is { } frame)
        {
            frame._texts = bytes[(Length + head)..];
            return frame;
        }

        return Read(bytes);
    }

    /// <summary>The same with some fields changed, doubled, left out, exchanged for others or put into themselves.</summary>
    public byte[] Changed(ProtoTree other, int largest, Dice dice)
    {
        var tree = Copy();
        for (var changes = 1 + dice.Below(3); changes > 0; changes--)
        {
            tree.Change(dice.Of([.. other.Messages()]), largest, dice);
        }

        if (dice.Permille(2))
        {
            tree.Repeat(largest, dice);
        }

        return tree.Bytes();
    }

    /// <summary>One field many times, up to all that there may be. Comes last: twice would be many times many.</summary>
    private void Repeat(int largest, Dice dice)
    {
        var fields = dice.Of([.. Messages().Where(m => m._fields.Count > 0).DefaultIfEmpty(this)])._fields;
        if (fields.Count > 0)
        {
            var field = dice.Of(fields);
            var size = 2 + (field.Message?.Bytes().Length ?? field.Bytes?.Length ?? 1);
            fields.AddRange(Enumerable.Repeat(field, (int)Math.Min((ulong)(largest / size), dice.Next() % (1UL << (1 + dice.Below(20))))));
        }
    }

    private void Change(ProtoTree other, int largest, Dice dice)
    {
        var message = dice.Of([.. Messages()]);
        if (message._texts is { Length: > 0 } texts && dice.Permille(300))
        {
            message._texts = Mutator.Change(texts, [texts], largest, dice);
            return;
        }

        var fields = message._fields;
        if (fields.Count == 0)
        {
            fields.AddRange(other._fields.Select(f => f.Copy()));
            return;
        }

        var at = dice.Below(fields.Count);
        var field = fields[at];
        switch (dice.Below(10))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(at, field.Copy());
                break;
            case 2:
                fields.RemoveAt(at);
                fields.Insert(dice.Below(fields.Count + 1), field);
                break;
            case 3 when other._fields.Count > 0:
                fields[at] = dice.Of(other._fields).Copy();
                break;
            case 4:
                field.Tag = WireFormat.MakeTag(1 + dice.Below(30), WireFormat.GetTagWireType(field.Tag));
                break;
            case 5 when dice.Permille(100):
                var inside = field.Copy();
                for (var depth = dice.Below(200); depth > 0; depth--)
                {
                    inside = new Field { Tag = WireFormat.MakeTag(WireFormat.GetTagFieldNumber(field.Tag), WireFormat.WireType.LengthDelimited), Message = new() { _fields = { inside } } };
                }

                fields.Add(inside);
                break;
            default:
                field.Number = Mutator.Number(field.Number, dice);
                field.Bytes = field.Bytes is { } bytes ? Mutator.Change(bytes, [bytes], largest, dice) : null;
                break;
        }
    }

    private static ProtoTree? Read(byte[] bytes)
    {
        var tree = new ProtoTree();
        try
        {
            var input = new CodedInputStream(bytes);
            while (!input.IsAtEnd)
            {
                var field = new Field { Tag = input.ReadTag() };
                switch (WireFormat.GetTagWireType(field.Tag))
                {
                    case WireFormat.WireType.Varint:
                        field.Number = input.ReadUInt64();
                        break;
                    case WireFormat.WireType.Fixed64:
                        field.Number = input.ReadFixed64();
                        break;
                    case WireFormat.WireType.Fixed32:
                        field.Number = input.ReadFixed32();
                        break;
                    case WireFormat.WireType.LengthDelimited:
                        field.Bytes = input.ReadBytes().ToByteArray();
                        field.Message = field.Bytes.Length > 0 ? TryRead(field.Bytes) : null;
                        field.Bytes = field.Message is null ? field.Bytes : null;
                        break;
                    default:
                        return null;
                }

                tree._fields.Add(field);
            }

            return tree;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private IEnumerable<ProtoTree> Messages() => _fields.Where(f => f.Message is not null).SelectMany(f => f.Message!.Messages()).Prepend(this);

    private ProtoTree Copy()
    {
        var copy = new ProtoTree { _texts = _texts };
        copy._fields.AddRange(_fields.Select(f => f.Copy()));
        return copy;
    }

    private byte[] Bytes()
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        foreach (var field in _fields)
        {
            output.WriteTag(field.Tag);
            switch (WireFormat.GetTagWireType(field.Tag))
            {
                case WireFormat.WireType.Varint:
                    output.WriteUInt64(field.Number);
                    break;
                case WireFormat.WireType.Fixed64:
                    output.WriteFixed64(field.Number);
                    break;
                case WireFormat.WireType.Fixed32:
                    output.WriteFixed32((uint)field.Number);
                    break;
                default:
                    output.WriteBytes(ByteString.CopyFrom(field.Message?.Bytes() ?? field.Bytes ?? []));
                    break;
            }
        }

        output.Flush();
        var message = stream.ToArray();
        return _texts is null ? message : [.. BitConverter.GetBytes(message.Length), .. message, .. _texts];
    }

    private sealed class Field
    {
        public uint Tag { get; set; }

        public ulong Number { get; set; }

        public byte[]? Bytes { get; set; }

        public ProtoTree? Message { get; set; }

        public Field Copy() => new() { Tag = Tag, Number = Number, Bytes = Bytes, Message = Message?.Copy() };
    }
}
