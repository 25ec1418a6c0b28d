using System.Buffers.Binary;

namespace Norris.Actors.Transport;

/// <summary>
/// Looks into each frame before anything of Akka's does. What passes is on a closed list, within bounds, and in the name of nobody but the node at the
/// other end of the connection. Akka's own serializers parse settings, build exceptions by the name of their type, take commands such as PoisonPill, and
/// nest without a bound: they never see what nodes do not really say to each other.
/// </summary>
/// <remarks>After an upgrade of Akka a field or message of its own may be new: it is refused here, with a line in the log, until it is looked at and listed.</remarks>
internal sealed class Gate(GateRules rules, Origin origin, Func<bool> isMember)
{
    /// <summary>What no node sends, and no mistake explains: the connection is closed.</summary>
    public const string NoFrame = "a frame that is none of Akka's remoting";

    public const string OfMembers = "a message that only members send";

    private const string Forged = "a message in another node's name";
    private const string TooLarge = "a message that is too large for its kind";
    private const string Unknown = "a message that no node sends";

    public const int NorrisId = 4053;
    public const int ClusterId = 5;
    public const int SelectionId = 6;
    public const int PubSubId = 9;
    public const int SingletonId = 14;
    public const int MiscellaneousId = 16;
    public const int PrimitiveId = 17;
    public const int SystemId = 22;
    public const int NullId = 0;

    /// <summary>What Akka writes for 'not numbered'.</summary>
    private const ulong NoNumber = ulong.MaxValue;

    private enum Place
    {
        Message,
        InSelection,
        InTopic,
        InIdentify,
    }

    /// <summary>What the frame is, where it must not come in; null: let it in.</summary>
    public string? WhyNot(ReadOnlySpan<byte> frame)
    {
        if (Handshake.IsOtherInstruction(frame))
        {
            return null;
        }

        var pdu = new ProtoReader(frame);
        if (!pdu.Next() || pdu is not { Field: 1, IsBytes: true } || pdu.Bytes.IsEmpty)
        {
            return NoFrame;
        }

        var payload = pdu.Bytes;
        if (pdu.Next() || pdu.IsBroken)
        {
            return NoFrame;
        }

        var container = new ProtoReader(payload);
        while (container.Next())
        {
            var why = container switch
            {
                { Field: 1, IsBytes: true } => container.Bytes.Length > TransportLimits.AckBytes ? TooLarge : null,
                { Field: 2, IsBytes: true } => Envelope(container.Bytes),
                _ => NoFrame,
            };
            if (why is not null)
            {
                return why;
            }
        }

        return container.IsBroken ? NoFrame : null;
    }

    private string? Envelope(ReadOnlySpan<byte> bytes)
    {
        var recipient = ReadOnlySpan<byte>.Empty;
        var message = ReadOnlySpan<byte>.Empty;
        var sender = ReadOnlySpan<byte>.Empty;
        var hasMessage = false;
        var hasSender = false;
        var number = 0UL;
        var envelope = new ProtoReader(bytes);
        while (envelope.Next())
        {
            switch (envelope)
            {
                case { Field: 1, IsBytes: true }:
                    recipient = envelope.Bytes;
                    break;
                case { Field: 2, IsBytes: true }:
                    message = envelope.Bytes;
                    hasMessage = true;
                    break;
                case { Field: 4, IsBytes: true }:
                    sender = envelope.Bytes;
                    hasSender = true;
                    break;
                case { Field: 5, IsBytes: false }:
                    number = envelope.Number;
                    break;
                default:
                    return NoFrame;
            }
        }

        return envelope.IsBroken || !hasMessage || !Shapes.IsPath(recipient, out var path) ? NoFrame
            : hasSender && !(Shapes.IsPath(sender, out var from) && origin.Owns(from)) ? Forged
            : Payload(message, Place.Message, path, isNumbered: number != NoNumber);
    }

    private string? Payload(ReadOnlySpan<byte> bytes, Place place, ReadOnlySpan<byte> path, bool isNumbered = false)
    {
        var message = ReadOnlySpan<byte>.Empty;
        var manifest = ReadOnlySpan<byte>.Empty;
        var id = 0UL;
        var payload = new ProtoReader(bytes);
        while (payload.Next())
        {
            switch (payload)
            {
                case { Field: 1, IsBytes: true }:
                    message = payload.Bytes;
                    break;
                case { Field: 2, IsBytes: false }:
                    id = payload.Number;
                    break;
                case { Field: 3, IsBytes: true }:
                    manifest = payload.Bytes;
                    break;
                default:
                    return NoFrame;
            }
        }

        // System messages are, and nothing else is.
        return payload.IsBroken ? NoFrame
            : manifest.Length > TransportLimits.ManifestBytes ? TooLarge
            : isNumbered != (id == SystemId) ? Unknown
            : (place, id) switch
            {
                (Place.Message or Place.InTopic, NorrisId) => Norris(message),
                (Place.Message or Place.InSelection, ClusterId) => Cluster(message, manifest),
                (Place.Message, SelectionId) => Selection(message, path),
                (Place.Message or Place.InSelection, PubSubId) => PubSub(message, manifest) ?? UnlessMember(),
                (Place.Message or Place.InSelection, SingletonId) => (message.IsEmpty && manifest is [>= (byte)'A' and <= (byte)'D'] ? null : Unknown) ?? UnlessMember(),
                (Place.Message or Place.InSelection, MiscellaneousId) => Miscellaneous(message, manifest) ?? UnlessMember(),
                (Place.Message, SystemId) => System(message, manifest) ?? UnlessMember(),
                (Place.InIdentify, NullId or PrimitiveId) => message.Length > TransportLimits.SmallMessageBytes ? TooLarge : null,
                (Place.InIdentify, _) => Unknown,
                _ when id <= int.MaxValue && rules.Serializers.Contains((int)id) => null,
                (_, 1) => "JSON, which builds any type it names",
                (_, 2) => "a bare Protobuf message, which builds any type it names",
                (_, 3) => "an order to start an actor",
                _ => Unknown,
            };
    }

    /// <summary>
    /// Whoever joins needs nothing of this before the others know it. Akka takes it of anybody: a stranger would end the sequencer with a hand-over, or fill
    /// the memory with watches, with large gossip, and with answers that it does not read.
    /// </summary>
    private string? UnlessMember() => isMember() ? null : OfMembers;

    /// <summary>norris.proto, behind the length of its head.</summary>
    private string? Norris(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(bytes) is var length && (length < 0 || length > bytes.Length - sizeof(int)))
        {
            return Unknown;
        }

        var from = ReadOnlySpan<byte>.Empty;
        var isFrom = false;
        var showsOwn = true;
        var frame = new ProtoReader(bytes.Slice(sizeof(int), length));
        while (frame.Next())
        {
            if (frame is { Field: 1, IsBytes: true })
            {
                from = frame.Bytes;
                isFrom = true;
            }
            else if (frame.Field == Wire.Proto.Frame.JoinRequestFieldNumber)
            {
                showsOwn = ShowsOwnDevice(frame.Bytes);
            }
        }

        if (frame.IsBroken || !isFrom)
        {
            return Unknown;
        }

        var address = ReadOnlySpan<byte>.Empty;
        var incarnation = 0;
        var node = new ProtoReader(from);
        while (node.Next())
        {
            address = node.Field == 1 ? node.Bytes : address;
            incarnation = node.Field == 2 ? (int)node.Number : incarnation;
        }

        return node.IsBroken || !origin.Is(address) || incarnation != origin.Uid || !showsOwn ? Forged : null;
    }

    /// <summary>Which device somebody is on who asks to be let in, its connection has proven. Who shows none is let in where none is needed.</summary>
    private bool ShowsOwnDevice(ReadOnlySpan<byte> request)
    {
        var join = new ProtoReader(request);
        while (join.Next())
        {
            if (join.Field == Wire.Proto.JoinRequest.DeviceFieldNumber && !join.Bytes.IsEmpty && !origin.IsDevice(join.Bytes))
            {
                return false;
            }
        }

        return !join.IsBroken;
    }

    private string? Cluster(ReadOnlySpan<byte> message, ReadOnlySpan<byte> manifest)
    {
        if (message.Length > (manifest.SequenceEqual(GateRules.Join) ? TransportLimits.JoinBytes : TransportLimits.ClusterBytes))
        {
            return TooLarge;
        }

        // Each names its sender, in one of two forms, alone or as its first field. Leave and Down are never sent: a node takes them from its own user only.
        switch (manifest.Length)
        {
            case 2 when manifest.SequenceEqual("HB"u8):
                return Shapes.First(message, out var beating) && origin.IsAddressData(beating) ? null : Forged;
            case 3 when manifest.SequenceEqual("HBR"u8):
                return Shapes.First(message, out var alive) && origin.IsUniqueAddress(alive) ? null : Forged;
            default:
                break;
        }

        return GateRules.IsOneOf(manifest, GateRules.ClusterGossip) ? (Shapes.First(message, out var member) && origin.IsUniqueAddress(member) ? null : Forged) ?? UnlessMember()
            : GateRules.IsOneOf(manifest, GateRules.ClusterFrom) ? Shapes.First(message, out var from) && origin.IsUniqueAddress(from) ? null : Forged
            : GateRules.IsOneOf(manifest, GateRules.ClusterAddress) ? origin.IsAddressData(message) ? null : Forged
            : GateRules.IsOneOf(manifest, GateRules.ClusterUnique) ? origin.IsUniqueAddress(message) ? null : Forged
            : GateRules.IsOneOf(manifest, GateRules.ClusterEmpty) && message.Length <= TransportLimits.SmallMessageBytes ? null
            : Unknown;
    }

    private string? PubSub(ReadOnlySpan<byte> message, ReadOnlySpan<byte> manifest)
    {
        switch (manifest)
        {
            // Which topics are where.
            case [(byte)'A'] or [(byte)'B']:
                return message.Length > TransportLimits.ClusterBytes ? TooLarge : null;

            // One batch to one subscriber.
            case [(byte)'F']:
                return Shapes.First(message, out var payload) ? Payload(payload, Place.InTopic, default) : Unknown;
            default:
                return Unknown;
        }
    }

    private string? Miscellaneous(ReadOnlySpan<byte> message, ReadOnlySpan<byte> manifest)
    {
        if (message.Length > TransportLimits.SmallMessageBytes)
        {
            return TooLarge;
        }

        // The watch's signs of life.
        if (manifest.SequenceEqual("RWHB"u8) || manifest.SequenceEqual("RWHR"u8))
        {
            return null;
        }

        var isAnswer = manifest.SequenceEqual("AID"u8);
        if (!isAnswer && !manifest.SequenceEqual("ID"u8))
        {
            return "one of Akka's commands or settings that no node sends to another";
        }

        var identity = new ProtoReader(message);
        while (identity.Next())
        {
            var why = identity switch
            {
                { Field: 1, IsBytes: true } => Payload(identity.Bytes, Place.InIdentify, default),
                { Field: 2, IsBytes: true } when isAnswer => identity.Bytes.IsEmpty || origin.Owns(identity.Bytes) ? null : Forged,
                _ => Unknown,
            };
            if (why is not null)
            {
                return why;
            }
        }

        return identity.IsBroken ? Unknown : null;
    }

    private string? Selection(ReadOnlySpan<byte> message, ReadOnlySpan<byte> path)
    {
        var payload = ReadOnlySpan<byte>.Empty;
        var steps = 0;
        var end = 0;
        Span<byte> selected = stackalloc byte[TransportLimits.PathBytes];
        var selection = new ProtoReader(message);
        while (selection.Next(lists: 1 << 2))
        {
            switch (selection)
            {
                case { Field: 1, IsBytes: true }:
                    payload = selection.Bytes;
                    break;
                case { Field: 2, IsBytes: true } when ++steps <= TransportLimits.SelectionSteps && Shapes.IsName(selection.Bytes, out var name) && end + name.Length + 1 <= selected.Length:
                    selected[end++] = (byte)'/';
                    name.CopyTo(selected[end..]);
                    end += name.Length;
                    break;
                default:
                    return Unknown;
            }
        }

        return selection.IsBroken ? Unknown
            : !Shapes.IsRoot(path) || !GateRules.IsOneOf(selected[..end], rules.Selections) ? "a selection of an actor that is none of those which nodes select"
            : Payload(payload, Place.InSelection, default);
    }

    /// <summary>Remote watching: who watches, and who has gone, is at the other end.</summary>
    private string? System(ReadOnlySpan<byte> message, ReadOnlySpan<byte> manifest)
    {
        if (message.Length > TransportLimits.SmallMessageBytes)
        {
            return TooLarge;
        }

        var isGone = manifest.SequenceEqual("Akka.Dispatch.SysMsg.DeathWatchNotification, Akka"u8);
        if (!isGone && !manifest.SequenceEqual("Akka.Dispatch.SysMsg.Watch, Akka"u8) && !manifest.SequenceEqual("Akka.Dispatch.SysMsg.Unwatch, Akka"u8))
        {
            return "a system message that is none of remote watching";
        }

        var theirs = ReadOnlySpan<byte>.Empty;
        var watch = new ProtoReader(message);
        while (watch.Next())
        {
            theirs = watch.Field == (isGone ? 1 : 2) ? watch.Bytes : theirs;
        }

        return !watch.IsBroken && Shapes.IsPath(theirs, out var path) && origin.Owns(path) ? null : Forged;
    }
}
