using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.MultiNode;

/// <summary>
/// What one user's node delivered, written down as it came. Holes, repetitions and a broken chain of hashes are noticed at once, and kept in
/// <see cref="Faults"/>, since a listener has nobody to throw at.
/// </summary>
internal sealed class Transcript(string owner) : IRoomListener
{
    private readonly Lock _gate = new();
    private readonly List<Line> _lines = [];
    private readonly List<string> _faults = [];
    private readonly List<string> _refusals = [];
    private readonly List<Epoch> _epochs = [];
    private SequenceNumber _next;
    private ulong _hash;
    private int _starts;
    private int _exclusions;
    private int _messages;
    private bool _gone;

    /// <summary>Called before each entry is written down; a spec may throw from it.</summary>
    public Action<Deliver>? BeforeEach { get; set; }

    public IReadOnlyList<Line> Lines => Locked(() => _lines.ToArray());

    public IReadOnlyList<string> Faults => Locked(() => _faults.ToArray());

    public IReadOnlyList<string> Refusals => Locked(() => _refusals.ToArray());

    public IReadOnlyList<Epoch> Epochs => Locked(() => _epochs.ToArray());

    /// <summary>The next number that is due, and the hash up to there: where two transcripts must meet.</summary>
    public (SequenceNumber Next, ulong Hash) End => Locked(() => (_next, _hash));

    /// <summary>How often the node became a member.</summary>
    public int Starts => Locked(() => _starts);

    public int Exclusions => Locked(() => _exclusions);

    /// <summary>How many messages were delivered.</summary>
    public int Messages => Locked(() => _messages);

    public void Started(SequenceNumber first, RoomSnapshot before)
    {
        lock (_gate)
        {
            Expect(before.At.Next == first, $"starts at {first} from a room at {before.At}");
            Expect(first >= _next, $"starts at {first} again after {_next}");
            _next = first;
            _hash = before.Hash;
            _starts++;
        }
    }

    public void Delivered(Deliver entry)
    {
        BeforeEach?.Invoke(entry);
        lock (_gate)
        {
            var record = entry.Record;
            Expect(_starts > 0, $"{record.First} before any start");
            Expect(record.First == _next, $"{record.First} where {_next} was due");
            Expect(entry.HashBefore == _hash, $"another transcript before {record.First}");
            Expect(!_gone, $"{record.First} after the goodbye");
            _next = record.Last.Next;
            _hash = TranscriptHash.After(record, entry.HashBefore);
            _messages += record.Entry is Said said ? said.Block.Count : 0;
            _lines.Add(new Line(entry, _hash));
        }
    }

    public void EpochAccepted(Epoch epoch, NodeId host, TimeSpan silentFor)
    {
        lock (_gate)
        {
            Expect(_epochs.Count == 0 || epoch > _epochs[^1], $"epoch {epoch} again, or later than a higher one");
            _epochs.Add(epoch);
        }
    }

    public void Excluded(string why)
    {
        lock (_gate)
        {
            _exclusions++;
        }
    }

    public void InTouch(bool inTouch)
    {
        // Not part of the order.
    }

    public void HostIsSilent(NodeId host)
    {
    }

    public void InDoubt(long count)
    {
    }

    public void Forged(LogRecord record)
    {
    }

    public void Settled(SequenceNumber upTo)
    {
    }

    public void NameRefused(string why)
    {
        lock (_gate)
        {
            _refusals.Add(why);
        }
    }

    public void Gone()
    {
        lock (_gate)
        {
            Expect(!_gone, "two goodbyes");
            _gone = true;
        }
    }

    /// <summary>The messages of a user, in the order in which they were delivered here.</summary>
    public IEnumerable<(long Counter, string Text)> MessagesOf(UserId user) =>
        Lines.Select(l => l.Entry.Record.Entry).OfType<Said>().Where(s => s.Block.User == user).SelectMany(s => MessagesIn(s.Block));

    public override string ToString() => $"{owner}: {Lines.Count} entries up to {End.Next}, {Messages} messages, {Starts} starts";

    private static List<(long Counter, string Text)> MessagesIn(SaidBlock block)
    {
        var messages = new List<(long, string)>();
        foreach (var message in block)
        {
            messages.Add((message.Id.Counter, message.Text));
        }

        return messages;
    }

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Add($"{owner}: {otherwise}");
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    internal sealed record Line(Deliver Entry, ulong HashAfter)
    {
        public SequenceNumber First => Entry.Record.First;
    }
}
