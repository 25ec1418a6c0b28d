using BenchmarkDotNet.Attributes;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Micro;

#pragma warning disable CA1822 // The runner wants methods of an instance.
/// <summary>The parts through which every message goes, a message of 128 bytes at a time in full blocks; times and bytes are of one message.</summary>
[MemoryDiagnoser]
public class HotParts
{
    private const int MessagesPerBlock = 240;
    private const int Blocks = 200;
    private const int Messages = MessagesPerBlock * Blocks;
    private static readonly Epoch One = new(1);
    private static readonly byte[] Text = [.. Enumerable.Repeat((byte)'x', 128)];
    private static readonly SaidBlock[] Spoken = [.. Enumerable.Range(0, Blocks).Select(i => Full(1 + ((long)i * MessagesPerBlock)))];
    private static readonly LogRecord[] Records = [.. Spoken.Select((block, i) => Record(5 + ((long)i * MessagesPerBlock), 1, new Said(block)))];
    private static readonly Ordered[] Batches = [.. Records.Select(r => new Ordered(One, [r], new SequenceNumber(r.First.Value - 1), new SequenceNumber(r.First.Value - 1)))];
    private static readonly byte[] Frame = new FromNode(Ann, Batches[0]).Encoded;
    private static readonly Kind OrderedKind = Kind.Of(Batches[0]);
    private readonly Ack[] _acks = new Ack[Blocks];
    private readonly List<Effect> _effects = [];
    private readonly SaidBlock.Builder _outbox = new(Zoe, 1);
    private Replica _replica = null!;
    private Sequencer _sequencer = null!;
    private RoomState _room = null!;

    [IterationSetup]
    public void Begin()
    {
        LogRecord[] before = [Record(1, 1, new NodeJoined(Ann, 1)), Record(2, 1, new EpochStarted(Ann, false)), Record(3, 1, new NodeJoined(Bob, 1)), Record(4, 1, new UserJoined(Zoe, "zoë", Ann, OwnerId.Nobody, 1))];
        var log = new Log(NewRoom);
        foreach (var record in before)
        {
            log.Append(record);
        }

        _room = log.Fold();
        _effects.Clear();
        _replica = new Replica(Bob, Options);
        _replica.SetView(View(Ann, Bob), At(0));
        _replica.Join(At(0), _effects);
        _replica.Handle(Ann, new Page(One, NewRoom, before, Nr(4), Nr(4)), At(1), _effects);

        _sequencer = new Sequencer(Ann, Options, TheRoom);
        _sequencer.SetView(View(Ann), At(0), _effects);
        _sequencer.Handle(Ann, new Promise(One, RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default), At(1), _effects);
        _sequencer.Handle(Ann, new UserJoinRequest(Zoe, "zoë", default, 1), At(2), _effects);
        _sequencer.Drained(At(2), _effects);

        // What its own replica will acknowledge, worked out beforehand: only the sequencer is measured.
        var its = new Log(NewRoom);
        foreach (var record in _effects.OfType<Publish>().SelectMany(p => p.Batch.Records))
        {
            its.Append(record);
        }

        for (var i = 0; i < Blocks; i++)
        {
            its.Append(new LogRecord(its.Received.Next, One, At(5).Wall, new Said(Spoken[i])));
            _acks[i] = new Ack(One, 1, its.Received, its.Hash, At(1), default);
        }

        _effects.Clear();
    }

    [Benchmark(Description = "say: into the outbox's block", OperationsPerInvoke = Messages)]
    public long Say()
    {
        for (var i = 0; i < Messages; i++)
        {
            if (!_outbox.HasRoomFor(Text.Length))
            {
                _outbox.Seal();
            }

            _outbox.Add(Text, At(0).Wall);
        }

        return _outbox.NextCounter;
    }

    [Benchmark(Description = "encode: a batch to its frame", OperationsPerInvoke = Messages)]
    public long Encode() => Batches.Sum(batch => (long)new FromNode(Ann, batch).Encoded.Length);

    [Benchmark(Description = "decode: a frame to its batch, checked", OperationsPerInvoke = Messages)]
    public long Decode() => Enumerable.Range(0, Blocks).Sum(_ => ((Ordered)WireReader.Read(Frame, OrderedKind).Message).Records[0].Count);

    [Benchmark(Description = "fold: hash and room after a record", OperationsPerInvoke = Messages)]
    public ulong Fold()
    {
        foreach (var record in Records)
        {
            _room.Apply(record, TranscriptHash.After(record, _room.Hash));
        }

        return _room.Hash;
    }

    [Benchmark(Description = "replica: takes a batch, delivers the one before, acknowledges", OperationsPerInvoke = Messages)]
    public SequenceNumber ReplicaStep()
    {
        foreach (var batch in Batches)
        {
            _replica.Handle(Ann, batch, At(5), _effects);
            _replica.Drained(At(5), _effects);
            _effects.Clear();
        }

        return _replica.Received.Value == 4 + Messages ? _replica.Received : throw new InvalidOperationException("The replica did not take it all.");
    }

    [Benchmark(Description = "sequencer: numbers a block, takes its own replica's ack, publishes", OperationsPerInvoke = Messages)]
    public SequenceNumber SequencerStep()
    {
        for (var i = 0; i < Blocks; i++)
        {
            _sequencer.Handle(Ann, new Submit(Spoken[i]), At(5), _effects);
            _sequencer.Drained(At(5), _effects);
            _sequencer.Handle(Ann, _acks[i], At(5), _effects);
            _sequencer.Drained(At(5), _effects);
            _effects.Clear();
        }

        return _sequencer.Stable == _sequencer.Highest ? _sequencer.Highest : throw new InvalidOperationException("Not all became stable.");
    }

    private static SaidBlock Full(long firstCounter)
    {
        var builder = new SaidBlock.Builder(Zoe, firstCounter);
        for (var i = 0; i < MessagesPerBlock; i++)
        {
            builder.Add(Text, At(0).Wall);
        }

        return builder.Seal()!;
    }
}
