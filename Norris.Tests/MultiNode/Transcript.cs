using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.MultiNode;

/// <summary>
/// What one user's node delivered, written down as it came. Holes, repetitions and a broken chain of hashes are noticed at once, and kept in
/// <see cref="Faults"/>.
/// </summary>
internal sealed class Transcript(string owner)
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

    /// <summary>Reads to the end. What a spec throws costs the one entry, as with any application that goes on.</summary>
    public async Task Follow(Cursor cursor)
    {
        await foreach (var news in cursor.ReadAllAsync())
        {
            try
            {
                Take(news);
            }
            catch (InvalidOperationException)
            {
            }
        }
    }

    /// <summary>Reads what happens to the user alone.</summary>
    public async Task Follow(RoomUser user)
    {
        await foreach (var news in user.News.ReadAllAsync())
        {
            if (news is RefuseUser refusal)
            {
                lock (_gate)
                {
                    _refusals.Add(refusal.Why);
                }
            }
        }
    }

    private void Take(News news)
    {
        switch (news)
        {
            case Started e:
                Started(e);
                break;
            case Deliver e:
                Delivered(e);
                break;
            case EpochAccepted e:
                EpochAccepted(e.Epoch);
                break;
            case Excluded:
                lock (_gate)
                {
                    _exclusions++;
                }

                break;
        }
    }

    private void Started(Started start)
    {
        lock (_gate)
        {
            Expect(start.First >= _next, $"starts at {start.First} again after {_next}");
            _next = start.First;
            _hash = start.HashBefore;
            _starts++;
        }
    }

    private void Delivered(Deliver entry)
    {
        BeforeEach?.Invoke(entry);
        lock (_gate)
        {
            var record = entry.Record;
            Expect(_starts > 0, $"{record.First} before any start");
            Expect(record.First == _next, $"{record.First} where {_next} was due");
            Expect(entry.HashBefore == _hash, $"another transcript before {record.First}");
            _next = record.Last.Next;
            _hash = TranscriptHash.After(record, entry.HashBefore);
            _messages += record.Entry is Said said ? said.Block.Count : 0;
            _lines.Add(new Line(entry, _hash));
        }
    }

    private void EpochAccepted(Epoch epoch)
    {
        lock (_gate)
        {
            Expect(_epochs.Count == 0 || epoch > _epochs[^1], $"epoch {epoch} again, or later than a higher one");
            _epochs.Add(epoch);
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
