namespace Norris.Core.Protocol;

/// <summary>
/// For one incarnation of a node that was started with a list of names, the same on several nodes. It decides whether the node joins a room or begins one, and when it has to give its room up,
/// since another may have begun. At most one of those named begins a room while one lives: docs/protocol.md has the argument. No clock, no network: all comes in.
/// </summary>
/// <param name="named">How many nodes are named. Their places are 0, 1, 2 …, the same on every node; who is only asked for a room has a place after them.</param>
/// <param name="self">This node's place.</param>
/// <param name="since">When this incarnation began to listen.</param>
public sealed class Founding(int named, int self, Now since)
{
    /// <summary>For how long a vote makes a founder, and an answer keeps a room, counted from the question, in milliseconds.</summary>
    public const long Lease = 8_000;

    /// <summary>For how long a vote binds who gave it, and for how long who has just started has no full vote: longer than three leases.</summary>
    public const long Vote = 26_000;

    /// <summary>Who answered within this is there now, in milliseconds.</summary>
    public const long Fresh = 1_500;

    /// <summary>How long a node has to look around before it asks for votes, and before its vote counts where everybody is accounted for.</summary>
    public const long Settled = 2 * Fresh;

    private readonly SortedDictionary<int, Heard> _heard = [];
    private int? _promisedTo;
    private long _promisedUntil;
    private Now? _decidedAt;
    private bool _hasBegun;

    /// <summary>A room begins with so many votes.</summary>
    public int Majority => (named / 2) + 1;

    /// <summary>Where so many are in a room, too few are left to begin another.</summary>
    private int Enough => named - Majority + 1;

    /// <summary>Whether this node asks for votes now.</summary>
    public bool Asks(Now now)
    {
        if (_decidedAt is not null || PromisedTo(now) is { } other && other != self)
        {
            // Those who voted stay with a founder that asks on, until they are in its room.
            return _hasBegun;
        }

        if (HearsOfARoom(now) || Looking(now).Count() + 1 < Majority)
        {
            Withdraw();
            return false;
        }

        if (PromisedTo(now) is null)
        {
            // The lowest asks first, and nobody while another does: else each of several would have some votes, and none of them enough.
            if (now.Elapsed - since.Elapsed < Settled || Looking(now).Any(h => h.Key < self || h.Value.Standing == Standing.Promised))
            {
                return false;
            }
        }

        (_promisedTo, _promisedUntil) = (self, now.Elapsed + Vote);
        return true;
    }

    /// <summary>What to answer.</summary>
    /// <param name="from">The asker's place; null: it is not among those named.</param>
    /// <param name="question">The question.</param>
    /// <param name="room">The room that this node is in.</param>
    /// <param name="now">The time.</param>
    public RoomAnswer OnQuestion(int? from, RoomQuestion question, RoomId room, Now now)
    {
        var standing = room != RoomId.None || _decidedAt is not null ? Standing.Apart
            : question.MayI && from is { } who && who < named && who != self && GivesVoteTo(who, now) ? Standing.Votes
            : PromisedTo(now) is { } to && to != from ? Standing.Promised
            : Standing.Looks;
        return new RoomAnswer(question.Asked, room, standing, standing == Standing.Apart ? 0 : now.Elapsed - since.Elapsed);
    }

    /// <summary>Another node has answered.</summary>
    public void OnAnswer(int from, RoomAnswer answer, Now now) =>
        Note(from, new Heard(answer.Asked, answer.Room, answer.Standing, answer.LookedFor, IsRefused: false), now);

    /// <summary>Nobody listened there: no process of that name was running.</summary>
    /// <param name="from">Whose place it is.</param>
    /// <param name="asked">Before the connection was tried.</param>
    /// <param name="now">The time.</param>
    public void OnRefused(int from, Now asked, Now now) => Note(from, new Heard(asked, RoomId.None, Standing.Apart, 0, IsRefused: true), now);

    /// <summary>What to do now; who is told to go somewhere is never told again.</summary>
    public FoundingVerdict Decide(Now now)
    {
        if (_decidedAt is not null)
        {
            return FoundingVerdict.Wait;
        }

        // Whose vote is given goes to no other room than that: it might count for two.
        var rooms = _heard.Where(h => h.Value.Room != RoomId.None && now.Since(h.Value.Asked) < Settled).ToList();
        if (PromisedTo(now) is { } to && to != self && !rooms.Any(h => h.Key == to))
        {
            return FoundingVerdict.Wait;
        }

        var chosen = PromisedTo(now) is { } mine && mine != self
            ? rooms.First(h => h.Key == mine).Value.Room
            : rooms.GroupBy(h => h.Value.Room).OrderByDescending(g => g.Count()).ThenBy(g => g.Min(h => h.Key)).FirstOrDefault()?.Key;
        if (chosen is { } room)
        {
            _decidedAt = now;
            return new FoundingVerdict(FoundingStep.Join, [.. rooms.Where(h => h.Value.Room == room).Select(h => h.Key)]);
        }

        if (PromisedTo(now) == self && !HearsOfARoom(now) && MayBegin(now))
        {
            (_decidedAt, _hasBegun) = (now, true);
            return new FoundingVerdict(FoundingStep.Begin, []);
        }

        return FoundingVerdict.Wait;
    }

    /// <summary>Whether this node has to give its room up, since there may be another.</summary>
    /// <param name="room">The room that it is in.</param>
    /// <param name="members">The places of the room's members, this node's among them.</param>
    /// <param name="now">The time.</param>
    public bool MustGiveUp(RoomId room, IReadOnlyCollection<int> members, Now now)
    {
        if (room == RoomId.None || _decidedAt is not { } decided)
        {
            return false;
        }

        var lately = Named().Where(h => now.Since(h.Value.Asked) < Lease).Select(h => h.Value).ToList();
        if (lately.Where(h => h.Room != RoomId.None && h.Room != room).GroupBy(h => h.Room).Any(other => other.Count() >= Majority))
        {
            return true;
        }

        // Who is on the way to a room votes for nobody, and who is gone does not.
        var isHeld = 1 + lately.Count(h => h.Room == room || (h.Room == RoomId.None && h.Standing == Standing.Apart) || (_hasBegun && h.Standing == Standing.Votes)) >= Enough;

        // Of a room with enough of those named among its members, the room's own quorum decides who goes on.
        return !isHeld && members.Count(place => place < named) < Enough && now.Since(decided) >= Lease;
    }

    /// <summary>Those named who have not answered, nor refused, lately.</summary>
    public IReadOnlyList<int> Silent(Now now) =>
        [.. Enumerable.Range(0, named).Where(place => place != self && !(_heard.TryGetValue(place, out var h) && now.Since(h.Asked) < Lease && !h.IsRefused))];

    /// <summary>Whether this one has answered or refused within <see cref="Fresh"/>.</summary>
    public bool IsFresh(int place, Now now) => _heard.TryGetValue(place, out var h) && now.Since(h.Asked) < Fresh;

    private bool MayBegin(Now now)
    {
        var age = now.Elapsed - since.Elapsed;
        int Votes(long within, long lookedFor) =>
            Named().Count(h => h.Value.Standing == Standing.Votes && now.Since(h.Value.Asked) < within && h.Value.LookedFor >= lookedFor) + (age >= lookedFor ? 1 : 0);
        var soon = Votes(Fresh, Settled);
        var refused = Named().Count(h => h.Value.IsRefused && now.Since(h.Value.Asked) < Fresh);
        return Votes(Lease, Vote) >= Majority || (soon >= Majority && soon + refused == named);
    }

    private bool GivesVoteTo(int who, Now now)
    {
        if (HearsOfARoom(now))
        {
            return false;
        }

        if (PromisedTo(now) is { } to && to != who)
        {
            // Two candidates: the higher one stands back. Its votes are worth nothing to it any more: they are old before its own is free again.
            if (to != self || who > self)
            {
                return false;
            }

            Withdraw();
        }

        (_promisedTo, _promisedUntil) = (who, now.Elapsed + Vote);
        return true;
    }

    private int? PromisedTo(Now now) => _promisedTo is { } to && now.Elapsed < _promisedUntil ? to : null;

    private void Withdraw() => _promisedTo = _promisedTo == self ? null : _promisedTo;

    private bool HearsOfARoom(Now now) => _heard.Values.Any(h => h.Room != RoomId.None && now.Since(h.Asked) < Lease);

    private IEnumerable<KeyValuePair<int, Heard>> Named() => _heard.Where(h => h.Key < named);

    private IEnumerable<KeyValuePair<int, Heard>> Looking(Now now) =>
        Named().Where(h => now.Since(h.Value.Asked) < Fresh && h.Value.Standing != Standing.Apart);

    /// <summary>An answer that claims to be to a question of the future, or comes too late, is none.</summary>
    private void Note(int from, Heard heard, Now now)
    {
        if (from != self && now.Elapsed >= heard.Asked.Elapsed && now.Since(heard.Asked) < Lease
            && !(_heard.TryGetValue(from, out var before) && before.Asked.Elapsed > heard.Asked.Elapsed))
        {
            _heard[from] = heard;
        }
    }

    private readonly record struct Heard(Now Asked, RoomId Room, Standing Standing, long LookedFor, bool IsRefused);
}

/// <summary>What is to be done now.</summary>
public enum FoundingStep
{
    /// <summary>Nothing: others are waited for.</summary>
    Wait,

    /// <summary>A room was found: join it.</summary>
    Join,

    /// <summary>No room is there: begin one.</summary>
    Begin,
}

/// <param name="Step">What to do.</param>
/// <param name="Members">The places of those who have the room to join.</param>
public sealed record FoundingVerdict(FoundingStep Step, IReadOnlyList<int> Members)
{
    /// <summary>Nothing is decided yet.</summary>
    public static FoundingVerdict Wait { get; } = new(FoundingStep.Wait, []);
}
