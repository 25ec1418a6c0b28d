using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.Simulation;

namespace Norris.Tests.ModelCheck;

/// <summary>A place in a history that somebody has delivered; its transcript hash stands for everything up to it. Immutable.</summary>
/// <param name="room">Which room.</param>
/// <param name="last">The number.</param>
/// <param name="hash">The transcript hash after it.</param>
/// <param name="epoch">The last reign that began up to here.</param>
/// <param name="record">What was delivered; null where somebody's log starts.</param>
/// <param name="before">What comes before it; null where that is not known.</param>
internal sealed class Place(RoomId room, SequenceNumber last, ulong hash, Epoch epoch, LogRecord? record, Place? before)
{
    public RoomId Room => room;

    public SequenceNumber Last => last;

    public ulong Hash => hash;

    public Epoch Epoch => epoch;

    public LogRecord? Record => record;

    public Place? Before => before;

    public IEnumerable<Place> WithAllBefore()
    {
        for (var at = this; at is not null; at = at.Before)
        {
            yield return at;
        }
    }
}

/// <summary>What one node has been seen to do.</summary>
internal sealed record Heard(Place? At, bool IsReading, Epoch Accepted)
{
    public ulong Fingerprint => Copies.Mix(At?.Hash ?? 0, Copies.Mix((ulong)Accepted.Value, IsReading ? 1UL : 0));
}

/// <summary>
/// What was delivered so far, by whom: what the rules of safety are about. A small checker, since a state has to carry it along: one order without a gap, no
/// duplicate, one host an epoch, no silent loss, one room. The simulator's checker looks at far more. Immutable.
/// </summary>
internal sealed class Told
{
    private readonly IReadOnlyList<NodeId> _nodes;
    private readonly IReadOnlyList<Heard> _heard;
    private readonly IReadOnlyList<Place> _places = [];

    // Histories that were given up for another, whose next reign has yet to say so.
    private readonly IReadOnlyList<(Place Lost, Place Instead)> _owed = [];

    private ulong? _fingerprint;

    public Told(IReadOnlyList<NodeId> nodes)
    {
        _nodes = nodes;
        _heard = [.. nodes.Select(_ => new Heard(null, false, default))];
    }

    /// <summary>A history was lost, and nobody has said so yet.</summary>
    public bool OwesAnExplanation => _owed.Count > 0;

    public ulong Fingerprint => _fingerprint ??= _owed.Aggregate(
        _places.Aggregate(_heard.Aggregate(1UL, (hash, heard) => Copies.Mix(hash, heard.Fingerprint)), (hash, place) => hash + Copies.Mix(place.Hash, 1)),
        (hash, owed) => hash + Copies.Mix(owed.Lost.Hash, owed.Instead.Hash));

    public Heard By(int node) => _heard[node];

    public bool HasDelivered(MessageId id) => _places.Any(p => Carries(p, id));

    /// <summary>What is known after a node's effect; throws <see cref="ViolationException"/> where a promise is broken.</summary>
    /// <param name="node">Whose it is.</param>
    /// <param name="effect">What it did.</param>
    /// <param name="counts">Whether a node lives and is part of the cluster.</param>
    public Told After(int node, Effect effect, Func<int, bool> counts)
    {
        var heard = _heard[node];
        switch (effect)
        {
            case LogStarted e:
                return Start(node, e.Before, counts);
            case Deliver e:
                return Deliver(node, e);
            case Excluded:
                return With(node, heard with { IsReading = false });
            case EpochAccepted e:
                Require(e.Epoch >= heard.Accepted, "epochs never go back", $"{Name(node)} went from epoch {heard.Accepted} to {e.Epoch}");
                return With(node, heard with { Accepted = e.Epoch });
            case Diverged or Refused:
                throw new ViolationException("no divergence, nobody refused", Trace.Of(effect));
            default:
                return this;
        }
    }

    private static void Require(bool holds, string rule, string what)
    {
        if (!holds)
        {
            throw new ViolationException(rule, what);
        }
    }

    private static bool Carries(Place place, MessageId id) =>
        place.Record?.Entry is Said { Block: var block } && block.User == id.User && block.FirstCounter <= id.Counter && id.Counter <= block.LastCounter;

    private static bool SaysSo(Place place) => place.Record?.Entry is EpochStarted { MayHaveLost: true };

    private string Name(int node) => Trace.Of(_nodes[node]);

    private Told With(int node, Heard heard) => new(this, [.. _heard.Select((h, i) => i == node ? heard : h)], _places, _owed);

    private Told(Told before, IReadOnlyList<Heard> heard, IReadOnlyList<Place> places, IReadOnlyList<(Place, Place)> owed) =>
        (_nodes, _heard, _places, _owed) = (before._nodes, heard, places, owed);

    private Told Start(int node, RoomSnapshot room, Func<int, bool> counts)
    {
        if (_places.All(p => p.Room != room.Room))
        {
            var elsewhere = Enumerable.Range(0, _nodes.Count).Where(i => i != node && counts(node) && counts(i) && _heard[i].IsReading).Select(Name).FirstOrDefault();
            Require(elsewhere is null, "one room", $"{Name(node)} starts in a new room while {elsewhere} lives in the old one");
        }

        var place = _places.FirstOrDefault(p => p.Hash == room.Hash && p.Last == room.At);
        var known = place is not null ? this : new Told(this, _heard, [.. _places, place = new Place(room.Room, room.At, room.Hash, room.Epoch, null, null)], _owed);
        var seen = _heard[node].At;
        Require(
            seen is null || seen.Room != room.Room || seen.Last <= room.At || !seen.WithAllBefore().Contains(place),
            "nothing twice",
            $"{Name(node)} had seen everything up to {seen?.Last} and starts again at {room.At.Next}");
        var parted = _places.FirstOrDefault(p => p.Room == room.Room && p.Last == room.At && p.Hash != room.Hash);
        Require(parted is null || _places.Any(SaysSo), "one order", $"{Name(node)} starts from {room.At} with a hash that others do not have there");
        return known.With(node, _heard[node] with { At = place, IsReading = true });
    }

    private Told Deliver(int node, Deliver e)
    {
        var what = $"{Name(node)} delivers {Trace.Of(e)}";
        Require(_heard[node] is { IsReading: true, At: not null }, "no gap", $"{what} before its log started");
        var before = _heard[node].At!;
        Require(e.Record.First == before.Last.Next, "no gap", $"{what} after {before.Last}");
        Require(e.HashBefore == before.Hash, "one order", $"{what} after a transcript that it has not delivered");
        var hash = TranscriptHash.After(e.Record, e.HashBefore);
        if (_places.FirstOrDefault(p => p.Hash == hash && p.Last == e.Record.Last) is { } there)
        {
            return With(node, _heard[node] with { At = there });
        }

        var place = new Place(before.Room, e.Record.Last, hash, e.Record.Entry is EpochStarted ? e.Record.Epoch : before.Epoch, e.Record, before);
        var owed = Judge(place, what);
        return new Told(this, _heard, [.. _places, place], owed).With(node, _heard[node] with { At = place });
    }

    /// <summary>The first delivery of something: gives what is owed after it.</summary>
    private List<(Place Lost, Place Instead)> Judge(Place place, string what)
    {
        var record = place.Record!;
        var before = place.Before!;
        var owed = _owed.ToList();
        if (record.Entry is EpochStarted started)
        {
            Require(record.Epoch > before.Epoch, "epochs never go back", $"{what} after epoch {before.Epoch}");
            Require(
                !_places.Any(p => p.Room == place.Room && p.Record is { Entry: EpochStarted other } there && there.Epoch == record.Epoch && other.Host != started.Host),
                "one host an epoch",
                what);
            var due = owed.FindAll(o => o.Lost.Record!.Epoch < record.Epoch && before.WithAllBefore().Contains(o.Instead));
            Require(started.MayHaveLost || due.Count == 0, "no silent loss", $"{what}, and something delivered went before");
            owed.RemoveAll(due.Contains);
        }
        else
        {
            Require(record.Epoch == before.Epoch || before.Last == SequenceNumber.None, "nothing from a fenced sequencer", $"{what} in the reign {before.Epoch}");
        }

        foreach (var other in _places.Where(p => p.Record is not null && p.Before == before))
        {
            Part(other, place, owed, what);
        }

        if (record.Entry is Said { Block: var block })
        {
            for (var counter = block.FirstCounter; counter <= block.LastCounter; counter++)
            {
                var id = new MessageId(block.User, counter);
                Require(!before.WithAllBefore().Any(p => Carries(p, id)), "no duplicate id", what);
            }
        }

        if (record.Entry is UserJoined joined)
        {
            var last = before.WithAllBefore().Select(p => p.Record?.Entry).OfType<Said>().Where(s => s.Block.User == joined.User).Select(s => s.Block.LastCounter).DefaultIfEmpty(0).Max();
            for (var counter = last + 1; counter < joined.FirstCounter && before.WithAllBefore().Last().Last == SequenceNumber.None; counter++)
            {
                Require(HasDelivered(new MessageId(joined.User, counter)), "no silent loss", $"{what}: message {counter} is skipped, and nobody ever delivered it");
            }
        }

        return owed;
    }

    /// <summary>Two histories part. That may be only where so many died that nobody left could know, and then it must be said.</summary>
    private static void Part(Place other, Place place, List<(Place, Place)> owed, string what)
    {
        var (there, here) = (other.Record!, place.Record!);
        Require(there.Epoch != here.Epoch, "one order", $"{what}, and epoch {there.Epoch} had something else there: {Trace.Of(new Deliver(there, 0, null))}");
        if (there.Epoch > here.Epoch)
        {
            if (!SaysSo(place))
            {
                owed.Add((other, place));
            }

            return;
        }

        Require(SaysSo(place), "no silent loss", $"{what}, where others delivered {Trace.Of(new Deliver(there, 0, null))}");
    }
}
