using System.Diagnostics;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>
/// The fold over the log: membership, names, the duplicate table, the transcript hash. Equal logs fold into equal states on every node.
/// Mutable, and owned by one machine; <see cref="Snapshot"/> is what others may keep.
/// </summary>
public sealed class RoomState
{
    private readonly Dictionary<NodeId, MemberNode> _members = [];
    private readonly Dictionary<UserId, PresentUser> _users = [];
    private readonly Dictionary<UserId, long> _counters = [];
    private readonly Dictionary<string, UserId> _byName = [];
    private readonly Dictionary<string, UserId> _byFoldedLook = [];
    private readonly Dictionary<string, UserId> _bySeenLook = [];
    private readonly LinkedList<DepartedUser> _departed = [];
    private readonly Dictionary<UserId, LinkedListNode<DepartedUser>> _departedById = [];
    private readonly Dictionary<UserId, Looks> _departedLooks = [];
    private readonly SortedSet<NodeId> _recording = [];
    private readonly List<UserId> _inOrder = [];
    private readonly EpochHistory _epochs;

    // Asked for with every message, and it seldom changes. Null: it has changed.
    private NodeId[]? _ascending;

    /// <summary>Goes on from a place of the log.</summary>
    public RoomState(RoomSnapshot from)
    {
        Room = from.Room;
        Delivery = from.Delivery;
        At = from.At;
        Epoch = from.Epoch;
        Host = from.Host;
        Hash = from.Hash;
        LastEpoch = from.LastEpoch;
        MembersSince = from.MembersSince;
        LastStamp = from.LastStamp;
        ForgottenAt = from.ForgottenAt;
        Circle = from.Circle;
        _epochs = new EpochHistory(from.EpochRanges);
        Settings = from.Settings;
        foreach (var member in from.Members)
        {
            _members.Add(member.Node, member);
        }

        _recording.UnionWith(from.Recording);
        foreach (var user in from.Users)
        {
            _users.Add(user.User, user);
            _counters[user.User] = user.LastCounter;
            Call(user.User, user.Name);
            _inOrder.Add(user.User);
        }

        foreach (var user in from.Departed)
        {
            Remember(user);
            _counters[user.User] = user.LastCounter;
        }
    }

    /// <summary>Which room it is.</summary>
    public RoomId Room { get; }

    /// <summary>When entries are told.</summary>
    public DeliveryLevel Delivery { get; }

    /// <summary>Everything up to and including this number is folded.</summary>
    public SequenceNumber At { get; private set; }

    /// <summary>The last reign that began.</summary>
    public Epoch Epoch { get; private set; }

    /// <summary>The node of that reign; null before the first.</summary>
    public NodeId? Host { get; private set; }

    /// <summary>The transcript hash.</summary>
    public ulong Hash { get; private set; }

    /// <summary>The epoch of the entry at <see cref="At"/>.</summary>
    public Epoch LastEpoch { get; private set; }

    /// <summary>When the entry at <see cref="At"/> was numbered, by its host's clock: milliseconds since 1970, UTC. The next stamp is no lower.</summary>
    public long LastStamp { get; private set; }

    /// <summary>
    /// The last number at which a departed user had to be forgotten. A session that saw the order only up to before that, and is unknown here, cannot
    /// know which of its messages got their place.
    /// </summary>
    public SequenceNumber ForgottenAt { get; private set; }

    /// <summary>The nodes that count, ascending.</summary>
    public IReadOnlyCollection<NodeId> Members => _ascending ??= [.. _members.Keys.Order()];

    /// <summary>Who belongs together; null: the room is open to whoever reaches it.</summary>
    public RoomCircle? Circle { get; private set; }

    /// <summary>What those who are here have set: its name and its topic.</summary>
    public RoomSettings Settings { get; private set; }

    /// <summary>The number of the last change of membership.</summary>
    public SequenceNumber MembersSince { get; private set; }

    /// <summary>The members that keep the log in a store.</summary>
    public IReadOnlyCollection<NodeId> Recording => _recording;

    /// <summary>Who is here, in the order in which they came.</summary>
    public IEnumerable<PresentUser> Users => _inOrder.Select(id => _users[id]);

    /// <summary>How many users are here.</summary>
    public int UserCount => _users.Count;

    /// <summary>A room before its first entry, with the node that starts it as its only member.</summary>
    public static RoomSnapshot New(RoomId room, DeliveryLevel delivery, NodeId founder) => New(RoomPlace.Beginning(room), delivery, founder);

    /// <summary>A room after a place in its history, empty but for the node that goes on with it.</summary>
    /// <param name="place">The place.</param>
    /// <param name="delivery">When entries are told.</param>
    /// <param name="founder">The node.</param>
    /// <param name="home">The device that it is on, and its circle; null: the room is open.</param>
    public static RoomSnapshot New(RoomPlace place, DeliveryLevel delivery, NodeId founder, HomeCircle? home = null) => new(
        place.Room, delivery, place.At, place.Epoch, null, place.Hash, place.Epoch, [new MemberNode(founder, 1) { Device = home?.Device }], place.At, [], [], [])
    {
        LastStamp = place.LastStamp,
        Settings = place.Settings,
        EpochRanges = place.At == SequenceNumber.None ? [] : [new(place.Epoch, place.At)],
        Circle = home is null ? null : RoomCircle.Of(home.Circle),
    };

    /// <summary>Whether a node counts.</summary>
    public bool IsMember(NodeId node) => _members.ContainsKey(node);

    /// <summary>The life in which a member joined; 0 for a node that is none.</summary>
    public int LifeOf(NodeId node) => _members.GetValueOrDefault(node).Life;

    /// <summary>The device that a member is on; null: the room has no circle, or the node is no member.</summary>
    public DeviceId? DeviceOf(NodeId node) => _members.GetValueOrDefault(node).Device;

    /// <summary>Whether a member is on a device that was put out: it is on its way out, and what it says has no effect.</summary>
    public bool IsPutOut(NodeId node) => Circle is { } circle && DeviceOf(node) is { } device && !circle.Circle.Contains(device);

    /// <summary>A user who is here; null: is not.</summary>
    public PresentUser? Find(UserId user) => _users.GetValueOrDefault(user);

    /// <summary>Who is here under a name; null: nobody.</summary>
    public PresentUser? FindByName(string name) => _byName.TryGetValue(Names.Key(name), out var user) ? _users[user] : null;

    /// <summary>Whether somebody present, other than who wants it, has a name that could be taken for this one, or the same.</summary>
    public bool IsMistakable(string name, UserId wantedBy)
    {
        var looks = Looks.Of(name);
        return (_byFoldedLook.TryGetValue(looks.Folded, out var folded) && folded != wantedBy) || (_bySeenLook.TryGetValue(looks.Seen, out var seen) && seen != wantedBy);
    }

    /// <summary>The departed user who had a name last, or one that could be taken for it, and may have it back, where such a one is still kept.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isKept">Whether a departed user's name is still kept; the host knows, by its own clock.</param>
    public DepartedUser? FindKept(string name, Func<UserId, bool> isKept)
    {
        var looks = Looks.Of(name);
        for (var node = _departed.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Owner != OwnerId.Nobody && isKept(node.Value.User) && _departedLooks[node.Value.User] is var kept && (kept.Folded == looks.Folded || kept.Seen == looks.Seen))
            {
                return node.Value;
            }
        }

        return null;
    }

    /// <summary>The highest counter of a user, present or remembered; 0 where the room has seen none.</summary>
    public long LastCounter(UserId user) => _counters.GetValueOrDefault(user);

    /// <summary>Whether the room remembers a user, here or gone.</summary>
    public bool Knows(UserId user) => _counters.ContainsKey(user);

    /// <summary>The name of the user whom an entry is about, at this place.</summary>
    public string? NameIn(Entry entry) => entry is UserJoined e ? e.Name : entry.About is { } user ? Find(user)?.Name : null;

    /// <summary>Folds the next record; <paramref name="hashAfter"/> is the transcript hash after it.</summary>
    public void Apply(LogRecord record, ulong hashAfter)
    {
        Invariant.Holds(record.First == At.Next, "the fold takes records in order");
        switch (record.Entry)
        {
            case Said e:
                _counters[e.Block.User] = e.Block.LastCounter;
                break;
            case NodeJoined e:
                _members[e.Node] = new(e.Node, e.Life) { Device = e.Device };
                _ascending = null;
                MembersSince = record.First;
                break;
            case NodeLeft e:
                _members.Remove(e.Node);
                _ascending = null;
                _recording.Remove(e.Node);
                MembersSince = record.First;
                break;
            case UserJoined e:
                Join(e);
                break;
            case UserLeft e:
                Leave(e.User, record);
                break;
            case UserRenamed e:
                Rename(e);
                break;
            case RoomChanged e:
                Settings = Settings.With(e, record.First);
                break;
            case EpochStarted e:
                Epoch = record.Epoch;
                Host = e.Host;
                break;
            case RecordingChanged { Recording: true } e:
                _recording.Add(e.Node);
                break;
            case RecordingChanged e:
                _recording.Remove(e.Node);
                break;
            case CircleEntry e:
                Circle = Circle?.With(e, record.OrderedAt);
                break;
            default:
                throw new UnreachableException($"no fold for {record.Entry.GetType()}");
        }

        _epochs.Add(record.Epoch, record.Last);
        At = record.Last;
        LastEpoch = record.Epoch;
        LastStamp = record.OrderedAt;
        Hash = hashAfter;
    }

    /// <summary>All of it, as a newcomer starts from.</summary>
    public RoomSnapshot Snapshot() => new(
        Room,
        Delivery,
        At,
        Epoch,
        Host,
        Hash,
        LastEpoch,
        [.. Members.Select(node => _members[node])],
        MembersSince,
        [.. Users.Select(u => u with { LastCounter = LastCounter(u.User) })],
        [.. _departed],
        [.. _recording])
    {
        LastStamp = LastStamp,
        ForgottenAt = ForgottenAt,
        Circle = Circle,
        EpochRanges = _epochs.Ranges,
        Settings = Settings,
    };

    /// <summary>Who and what is in the room now; costs what there is to list.</summary>
    public RoomPicture Picture() => new(Room, Delivery, Epoch, Host, [.. Members], [.. Users], [.. Recording]) { Settings = Settings };

    private void Join(UserJoined e)
    {
        if (_users.TryGetValue(e.User, out var before))
        {
            CallNoMore(before.Name);
        }
        else
        {
            _inOrder.Add(e.User);
        }

        if (_departedById.Remove(e.User, out var departed))
        {
            _departed.Remove(departed);
            _departedLooks.Remove(e.User);
        }

        // What lies between was in the order once, and went with the dead: the session no longer holds it, and goes on after it.
        _counters[e.User] = Math.Max(LastCounter(e.User), e.FirstCounter - 1);
        _users[e.User] = new PresentUser(e.User, e.Name, e.Node, e.Owner, LastCounter(e.User));
        Call(e.User, e.Name);
    }

    private void Rename(UserRenamed e)
    {
        if (_users.TryGetValue(e.User, out var user))
        {
            CallNoMore(user.Name);
            _users[e.User] = user with { Name = e.Name };
            Call(e.User, e.Name);
        }
    }

    private void Leave(UserId user, LogRecord record)
    {
        if (!_users.Remove(user, out var left))
        {
            return;
        }

        CallNoMore(left.Name);
        _inOrder.Remove(user);
        Remember(new DepartedUser(user, left.Name, left.Owner, LastCounter(user), record.OrderedAt));
        while (_departed.Count > Limits.DepartedUsers)
        {
            var oldest = _departed.First!.Value.User;
            _departed.RemoveFirst();
            _departedById.Remove(oldest);
            _departedLooks.Remove(oldest);
            _counters.Remove(oldest);
            ForgottenAt = record.First;
        }
    }

    private void Remember(DepartedUser user)
    {
        _departedById[user.User] = _departed.AddLast(user);
        _departedLooks[user.User] = Looks.Of(user.Name);
    }

    private void Call(UserId user, string name)
    {
        var looks = Looks.Of(name);
        _byName[Names.Key(name)] = _byFoldedLook[looks.Folded] = _bySeenLook[looks.Seen] = user;
    }

    private void CallNoMore(string name)
    {
        var looks = Looks.Of(name);
        _byName.Remove(Names.Key(name));
        _byFoldedLook.Remove(looks.Folded);
        _bySeenLook.Remove(looks.Seen);
    }
}
