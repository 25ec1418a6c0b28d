using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Google.Protobuf;
using Norris.Actors.Devices;
using Norris.Actors.Devices.Proto;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.Transport;
using Norris.Tests.Wire;

namespace Norris.Tests.Fuzz;

/// <summary>What comes in at a node's port, from the first byte to what the machines are handed.</summary>
internal sealed class WireTargets : IDisposable
{
    private const int FrameBytes = 4_259_840;
    private static readonly string[] Manifests = [.. Examples.All.Select(m => Kind.Of(m).Manifest).Distinct()];
    private static readonly Origin Peer = new("tcp", "norris", "127.0.0.1", 4711, -17);
    private static readonly Guid Secret = new("5ec7e700-0000-4000-8000-000000000001");

    private readonly ActorSystem _system = ActorSystem.Create("norris", ConfigurationFactory.ParseString("""
        akka.actor.provider = cluster
        akka.remote.norris.tcp.port = 0
        akka.loggers = []
        akka.stdout-loglevel = OFF
        """).WithFallback(WireHocon.Config).WithFallback(Akka.Cluster.Tools.PublishSubscribe.DistributedPubSub.DefaultConfig())
        .WithFallback(Akka.Cluster.Tools.Singleton.ClusterSingleton.DefaultConfig()));

    public IEnumerable<FuzzTarget> All()
    {
        var own = Examples.All
            .Append(new Page(new Epoch(3), Examples.Room, [.. Examples.Records.SkipLast(1)], default, default))
            .Append(new Ordered(new Epoch(3), [.. Examples.Records.SkipLast(1)], default, default))
            .Select(m => (Bytes: new FromNode(new NodeId(Peer.Address, Peer.Uid), m).Encoded, Kind.Of(m).Manifest))
            .Where(m => m.Bytes.Length < 4096)
            .ToList();
        byte[][] frames = [.. GateSpec.Good.Concat(GateSpec.OfMembers).Concat(GateSpec.Bad).Select(row => (byte[])row[1]).Where(b => b.Length is > 0 and < 4096)];

        yield return new("frames", 50, 64 * 1024, 8192, 4, bytes => Frames(bytes) ? bytes : null) { Samples = [.. frames.Chunk(5).Select(some => Pdu.Join([.. some.Select(Pdu.Framed)]))] };
        yield return new("handshake", 80, TransportLimits.HandshakeFrameBytes, 8192, 4, frame => Greets(frame) ? frame : null)
        {
            IsProto = true,
            Samples = [Handshake.Hello(Secret), Handshake.CallBack(Secret, Secret, "127.0.0.1", 4711), Handshake.Answer(Secret), Pdu.Associate("127.0.0.1", 4711, -17), Pdu.Associate("[::1]", 4711, 5), .. frames.Where(f => Handshake.IsOtherInstruction(f))],
        };
        yield return new("gate", 250, FrameBytes, 64 * 1024, 64, frame => IsLetIn(frame) ? frame : null)
        {
            IsProto = true,
            Samples = [.. frames, .. own.Select(m => Pdu.Envelope("akka.tcp://norris@127.0.0.1:4053/user/norris-replica", Pdu.Payload(m.Bytes, Gate.NorrisId, m.Manifest)))],
        };

        foreach (var kinds in Manifests.GroupBy(m => Kind.Of(m).MaxBytes))
        {
            var manifests = kinds.ToArray();
            yield return new($"wire-{kinds.Key / 1024}K", 70, kinds.Key, 64 * 1024, 64, frame => Message(frame, manifests))
            {
                Check = arrived => CheckMessage((FromNode)arrived),
                IsProto = true,
                Samples = own.Where(m => manifests.Contains(m.Manifest)).Select(m => m.Bytes),
            };
        }

        yield return new("block", 80, Limits.BlockBytes + 28, 1024, 0, Block)
        {
            Check = block => CheckBlock((SaidBlock)block),
            Samples = [.. Examples.Records.Select(r => r.Entry).OfType<Said>().Where(s => s.Size < 4096).Select(s => Header(s.Block)), Header(Examples.Block(ulong.MaxValue, 1, "a", "б", "漢", "😀"))],
        };
        var circle = Examples.Circle;
        var nonce = ByteString.CopyFrom(new byte[DoorMessages.NonceLength]);
        IMessage[] atDoor =
        [
            new DoorQuestion { List = new() },
            new DoorQuestion { Redeem = new() { Invite = 7, Nonce = nonce } },
            new DoorQuestion { Invite = new() { Invite = 7, Key = nonce, Name = "bob", Uses = 1, LastsMs = 60_000 } },
            new DoorQuestion { TakeBack = 7 },
            new DoorProof { Proof = nonce, Name = "Zoë" },
            DoorMessages.Granted(circle, ["192.168.1.7:4053", "[fe80::1]:4053"]),
            DoorMessages.PutOut(circle, circle.Records.OfType<Expulsion>().First()),
            new DoorAnswer { Challenge = new() { Nonce = nonce, Proof = nonce } },
        ];

        // The length that an answer says it has is believed up to the largest.
        yield return new("door", 40, 16 * 1024, DoorLimits.AnswerBytes + (64 * 1024), 64, AtDoor)
        {
            IsProto = true,
            Samples = [.. atDoor.Select(m => Pdu.Framed(m.ToByteArray()))],
        };
        var key = new OwnerKey(new byte[OwnerKey.TokenLength]);
        yield return new("proof", 2, OwnerProof.Length + 1, 64 * 1024, 64, p => OwnerProof.OwnerOf(p, new RoomId(1), Examples.Ann, new UserId(7)))
        {
            Check = owner => FuzzTarget.Holds(((OwnerId)owner).Equals(key.Id) || ((OwnerId)owner).Equals(OwnerId.Nobody), "only the owner has a proof"),
            Samples = [new byte[OwnerProof.Length], []], // one that holds is in the corpus: each is another
        };
    }

    public void Dispose() => _system.Terminate().GetAwaiter().GetResult();

    /// <summary>Frames of a connection, in two pieces as they may come.</summary>
    private static bool Frames(byte[] bytes)
    {
        var first = new Piece(bytes.AsMemory(0, bytes.Length / 2), null);
        var last = new Piece(bytes.AsMemory(bytes.Length / 2), first);
        var buffer = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        var taken = 0L;
        var areFrames = Connection.Take(ref buffer, length => length <= 4096, frame => (taken += sizeof(int) + frame.Length) > 0, out _);
        FuzzTarget.Holds(taken == bytes.Length - buffer.Length, "frames are all that was taken");
        return areFrames;
    }

    private static bool Greets(byte[] frame)
    {
        if (Handshake.IsHello(frame, out var call) && !Handshake.Hello(call).AsSpan().SequenceEqual(frame))
        {
            throw new InvalidOperationException("another hello");
        }

        // Who calls back is compared with whom was called, and nothing else is made of it.
        if (Handshake.IsCallBack(frame, out call, out var back))
        {
            FuzzTarget.Holds(frame.AsSpan(2, 32).SequenceEqual((byte[])[.. call.ToByteArray(), .. back.Secret.ToByteArray()]), "the number and the secret are what was said");
        }

        if (Handshake.Associate(frame) is { } origin)
        {
            // As Akka would name it, if only it were an address for Akka.
            FuzzTarget.Holds(origin.Is(System.Text.Encoding.UTF8.GetBytes(origin.ToString())) && origin.Port is > 0 and <= ushort.MaxValue, "an origin is its address");
            _ = ActorPath.TryParse($"{origin.Address}/user/x", out _);
            return true;
        }

        return Handshake.IsAnswer(frame, Secret) || Handshake.IsOtherInstruction(frame) || frame is [0xf1 or 0xf2, ..];
    }

    /// <summary>What the gate lets in goes on to the serializer that it names. Whatever that one throws ends the connection that it came over; it must not cost more.</summary>
    private bool IsLetIn(byte[] frame)
    {
        var gate = new Gate(new GateRules([], []), Peer, () => true);
        if (gate.WhyNot(frame) is not null)
        {
            return false;
        }

        var message = Field(Field(Field(frame, 1), 2), 2);
        var payload = new ProtoReader(message);
        var (bytes, id, manifest) = (Array.Empty<byte>(), 0, "");
        while (payload.Next())
        {
            (bytes, id, manifest) = payload.Field switch
            {
                1 => (payload.Bytes.ToArray(), id, manifest),
                2 => (bytes, (int)payload.Number, manifest),
                _ => (bytes, id, System.Text.Encoding.UTF8.GetString(payload.Bytes)),
            };
        }

        try
        {
            _ = _system.Serialization.Deserialize(bytes, id, manifest);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }

    private static FromNode? Message(byte[] frame, string[] manifests)
    {
        try
        {
            return WireReader.Read(frame, Kind.Of(ManifestOf(frame, manifests)));
        }
        catch (SerializationException)
        {
            return null;
        }
    }

    /// <summary>It is the same when it is sent on, and the log, the hash and archives can do with it what they do.</summary>
    private static void CheckMessage(FromNode arrived)
    {
        var again = new FromNode(arrived.From, arrived.Message).Encoded;
        var back = WireReader.Read(again, Kind.Of(arrived.Message));
        FuzzTarget.Holds(back.From == arrived.From && new FromNode(back.From, back.Message).Encoded.AsSpan().SequenceEqual(again), "a message is the same when it is sent on");
        switch (arrived.Message)
        {
            case Page page:
                Fold(page.Snapshot, page.Records);
                break;
            case RecoveryPage page:
                Fold(page.Snapshot, page.Records);
                break;
            case Ordered batch:
                Fold(null, batch.Records);
                break;
        }
    }

    /// <summary>The one whose message the frame holds; where it holds none, any.</summary>
    private static string ManifestOf(byte[] frame, string[] manifests)
    {
        var head = frame.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(frame) : 0;
        var fields = new ProtoReader(head > 0 && head <= frame.Length - sizeof(int) ? frame.AsSpan(sizeof(int), head) : default);
        while (fields.Next(lists: ulong.MaxValue))
        {
            if (fields.Field != 1 && ManifestOfField.TryGetValue(fields.Field, out var manifest) && manifests.Contains(manifest))
            {
                return manifest;
            }
        }

        return manifests[0];
    }

    private static readonly Dictionary<int, string> ManifestOfField = Examples.All
        .Select(m => (Frame: Norris.Actors.Wire.Proto.Frame.Parser.ParseFrom(HeadOf(new FromNode(Examples.Ann, m).Encoded)), Kind.Of(m).Manifest))
        .DistinctBy(m => m.Manifest)
        .ToDictionary(m => (int)m.Frame.MessageCase, m => m.Manifest);

    private static byte[] HeadOf(byte[] frame) => frame[sizeof(int)..(sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(frame))];

    private static void Fold(RoomSnapshot? before, IReadOnlyList<LogRecord> records)
    {
        var state = before is null ? null : new RoomState(before);
        var hash = before?.Hash ?? 0;
        foreach (var record in records)
        {
            // A log takes no other records than the next ones, so the fold need not know what to do with them.
            hash = TranscriptHash.After(record, hash);
            if (record.First == state?.At.Next)
            {
                state!.Apply(record, hash);
            }
        }

        _ = state?.Snapshot();
    }

    private static byte[] Header(SaidBlock block)
    {
        var header = new byte[28 + block.Texts.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(header, block.User.Value);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), block.FirstCounter);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), block.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(20), block.SentAt);
        block.Texts.Span.CopyTo(header.AsSpan(28));
        return header;
    }

    /// <summary>What a door and who comes to it say to each other. It is read as each, so that none is more than it seems.</summary>
    private static object? AtDoor(byte[] bytes)
    {
        object?[] heard = [Heard(bytes, DoorQuestion.Parser, DoorLimits.QuestionBytes), Heard(bytes, DoorProof.Parser, DoorLimits.QuestionBytes), Heard(bytes, DoorAnswer.Parser, DoorLimits.AnswerBytes)];
        if (heard[^1] is DoorAnswer answer)
        {
            FuzzTarget.Holds(DoorMessages.Addresses(answer).Append(DoorMessages.Line(answer.WhyNot)).All(PlainText.IsLine), "what is shown of an answer is safe in a line");
            try
            {
                _ = Circle.Read(DoorMessages.Records(answer), DeviceSignature.IsBy);
            }
            catch (Exception e) when (e is InvalidDataException or FormatException)
            {
                heard[^1] = null;
            }
        }

        return heard.FirstOrDefault(h => h is not null);
    }

    private static T? Heard<T>(byte[] bytes, MessageParser<T> parser, int most)
        where T : class, IMessage<T>
    {
        try
        {
            using var stream = new MemoryStream(bytes);
            return DoorMessages.Read(stream, parser, most, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
    }

    private static SaidBlock? Block(byte[] bytes) => bytes.Length < 28 ? null : SaidBlock.TryRead(
        new UserId(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)),
        BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)),
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(20)),
        bytes.AsMemory(28));

    private static void CheckBlock(SaidBlock block)
    {
        var builder = new SaidBlock.Builder(block.User, block.FirstCounter);
        foreach (var message in block)
        {
            builder.Add(message.Utf8Text, message.SentAt, message.Relation);
            FuzzTarget.Holds(Relation.Takes(message.Relation?.Kind, message.Utf8Text), "a text is one that its relation takes");
            FuzzTarget.Holds(message.Relation is not { IsToOwn: true } own || (own.To.User == block.User && own.To.Counter < message.Id.Counter), "an edit or a deletion is about an own message before it");
            FuzzTarget.Holds(message.Id.Counter == builder.NextCounter - 1 && FuzzTarget.IsWhole(message.Text), "messages are texts with contiguous counters");
        }

        FuzzTarget.Holds(builder.Count == block.Count, "a block has as many messages as it says");
        if (builder.Bytes <= Limits.BlockBytes)
        {
            var again = builder.Seal()!;
            FuzzTarget.Holds(SaidBlock.TryRead(again.User, again.FirstCounter, again.Count, again.SentAt, again.Texts) is not null, "what was read can be written and read again");
        }
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                return reader.Bytes;
            }
        }

        return default;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}
