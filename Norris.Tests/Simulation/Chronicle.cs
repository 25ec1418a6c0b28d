using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>A place in a room's history: what was delivered there, by whomever was first. A tree, and where all is well a single branch.</summary>
public sealed class Chapter
{
    private List<SaidMessage>? _messages;

    public required SequenceNumber Last { get; init; }

    public required ulong Hash { get; init; }

    /// <summary>Null for a newcomer's starting point that nobody has been seen to deliver yet.</summary>
    public LogRecord? Record { get; set; }

    public Chapter? Before { get; set; }

    public List<Chapter> After { get; } = [];

    /// <summary>The latest reign that began, up to here.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>What everything up to here folds into, as a number.</summary>
    public ulong Fingerprint { get; set; }

    public string? Name { get; set; }

    /// <summary>What was said there: the same for all who show it.</summary>
    public IReadOnlyList<SaidMessage> Messages => _messages ??= Read();

    public List<NodeId> DeliveredBy { get; } = [];

    /// <summary>What everything up to here folds into, at the end of a branch: whoever goes on from there takes it along.</summary>
    public Fold? Fold { get; set; }

    private List<SaidMessage> Read()
    {
        var messages = new List<SaidMessage>();
        if (Record is { Entry: Said said } record)
        {
            foreach (var message in said.Block)
            {
                messages.Add(new SaidMessage(record.First + messages.Count, message.Id, Name ?? "", message.Text, record.OrderedAt, message.Relation));
            }
        }

        return messages;
    }
}

/// <summary>
/// The checker's own fold, kept apart from the machines' on purpose: who is here under which name, who is a member, and the highest counters.
/// The fingerprint is the exclusive-or of all facts, so it is cheap to keep and does not depend on an order.
/// </summary>
public sealed class Fold
{
    private readonly Dictionary<UserId, (string Name, NodeId Node)> _users = [];
    private readonly Dictionary<string, UserId> _names = [];
    private readonly Dictionary<UserId, long> _counters = [];
    private readonly Dictionary<NodeId, int> _members = [];
    private readonly Dictionary<RoomSettingKind, (string Text, SequenceNumber Since)> _settings = [];

    public Fold(RoomSnapshot? from)
    {
        Circle = new CircleFold(from);
        foreach (var member in from?.Members ?? [])
        {
            _members.Add(member.Node, member.Life);
            Fingerprint ^= Fact(member.Node, member.Life);
        }

        foreach (var user in from?.Users ?? [])
        {
            _users.Add(user.User, (user.Name, user.Node));
            _names.Add(Names.Key(user.Name), user.User);
            Fingerprint ^= Fact(user.User, user.Name, user.Node);
            Count(user.User, user.LastCounter);
        }

        foreach (var user in from?.Departed ?? [])
        {
            Count(user.User, user.LastCounter);
        }

        foreach (var kind in from is null ? [] : Enum.GetValues<RoomSettingKind>())
        {
            if (from!.Settings.Of(kind) is { Since.Value: > 0 } setting)
            {
                Set(kind, setting.Text, setting.Since);
            }
        }

        Fingerprint ^= Circle.Fingerprint;
    }

    public ulong Fingerprint { get; private set; }

    /// <summary>Who belongs together, and with which invites others may come.</summary>
    public CircleFold Circle { get; }

    public IReadOnlyDictionary<UserId, (string Name, NodeId Node)> Users => _users;

    public IReadOnlyCollection<NodeId> Members => _members.Keys;

    public long? LastCounter(UserId user) => _counters.TryGetValue(user, out var counter) ? counter : null;

    public string? NameIn(Entry entry) => entry switch
    {
        Said e => _users.TryGetValue(e.Block.User, out var user) ? user.Name : null,
        UserJoined e => e.Name,
        UserLeft e => _users.TryGetValue(e.User, out var user) ? user.Name : null,
        UserRenamed e => _users.TryGetValue(e.User, out var user) ? user.Name : null,
        RoomChanged e => _users.TryGetValue(e.By, out var user) ? user.Name : null,
        _ => null,
    };

    /// <summary>Folds an entry; gives what is wrong with it, or null.</summary>
    public string? Apply(LogRecord record)
    {
        var about = record.Entry switch
        {
            Said or UserRenamed or RoomChanged when _users.TryGetValue(record.Entry.About!.Value, out var user) => Circle.WhyNot(user.Node),
            UserJoined e => Circle.WhyNot(e.Node),
            _ => null,
        };
        if (record.Entry is not (NodeJoined or NodeLeft or CircleEntry))
        {
            return about ?? (record.Entry is RoomChanged change ? Change(change, record.First) : Apply(record.Entry));
        }

        Fingerprint ^= Circle.Fingerprint;
        about = Circle.Apply(record);
        Fingerprint ^= Circle.Fingerprint;
        return about ?? Apply(record.Entry);
    }

    private string? Apply(Entry entry)
    {
        switch (entry)
        {
            case Said e:
                return Say(e.Block);
            case UserJoined e:
                return Join(e);
            case UserLeft e:
                return Leave(e.User);
            case UserRenamed e:
                return Rename(e);
            case NodeJoined e when _members.TryGetValue(e.Node, out var life):
                // Only the founder, and the last member that begins another life, are members before they join.
                _members[e.Node] = e.Life;
                Fingerprint ^= Fact(e.Node, life) ^ Fact(e.Node, e.Life);
                return _members.Count == 1 ? null : $"{Trace.Of(e.Node)} joined twice";
            case NodeJoined e:
                _members.Add(e.Node, e.Life);
                Fingerprint ^= Fact(e.Node, e.Life);
                return null;
            case NodeLeft e when _members.Remove(e.Node, out var life):
                Fingerprint ^= Fact(e.Node, life);
                return null;
            case NodeLeft e:
                return $"{Trace.Of(e.Node)} left without being a member";
            default:
                return null;
        }
    }

    private string? Change(RoomChanged e, SequenceNumber at)
    {
        var before = _settings.TryGetValue(e.Setting, out var was) ? was.Since : default;
        Set(e.Setting, e.Text, at);
        return !_users.ContainsKey(e.By) ? $"{Trace.Of(e.By)} changed the room without being here"
            : !RoomSettings.IsNormal(e.Setting, e.Text) ? $"a setting of the room is '{e.Text}'"
            : before != e.After ? $"{Trace.Of(e.By)} changed the room's {e.Setting} after {e.After}, and there was a change at {before}"
            : null;
    }

    private void Set(RoomSettingKind kind, string text, SequenceNumber since)
    {
        if (_settings.TryGetValue(kind, out var before))
        {
            Fingerprint ^= Fact(kind, before.Text, before.Since);
        }

        _settings[kind] = (text, since);
        Fingerprint ^= Fact(kind, text, since);
    }

    private static ulong Fact(RoomSettingKind kind, string text, SequenceNumber since) => Stir((StableHash(text) * 7) ^ ((ulong)since.Value << 2) ^ (ulong)kind);

    private static ulong Fact(UserId user, string name, NodeId node) =>
        Stir(user.Value) + Stir(StableHash(name)) * 3 + Stir(StableHash(node.Address) + (ulong)node.Incarnation) * 5;

    private static ulong Fact(NodeId node, int life) => Stir(StableHash(node.Address) ^ ((ulong)node.Incarnation << 32) ^ ((ulong)life << 16));

    private static ulong StableHash(string text) => text.Aggregate(14695981039346656037UL, (hash, c) => (hash ^ c) * 1099511628211UL);

    private static ulong Stir(ulong value) => new Dice(value).Next();

    private string? Say(SaidBlock block)
    {
        if (!_counters.TryGetValue(block.User, out var last) || !_users.ContainsKey(block.User))
        {
            return $"{Trace.Of(block.User)} spoke without being here";
        }

        Count(block.User, block.LastCounter);
        return block.FirstCounter == last + 1 ? null : $"{Trace.Of(block.User)}: after message {last} came message {block.FirstCounter}";
    }

    private string? Leave(UserId user)
    {
        if (!_users.Remove(user, out var left))
        {
            return $"{Trace.Of(user)} left without being here";
        }

        _names.Remove(Names.Key(left.Name));
        Fingerprint ^= Fact(user, left.Name, left.Node);
        return null;
    }

    private string? Join(UserJoined e)
    {
        if (_users.Remove(e.User, out var before))
        {
            _names.Remove(Names.Key(before.Name));
            Fingerprint ^= Fact(e.User, before.Name, before.Node);
        }

        _users.Add(e.User, (e.Name, e.Node));
        Fingerprint ^= Fact(e.User, e.Name, e.Node);
        Count(e.User, Math.Max(LastCounter(e.User) ?? 0, e.FirstCounter - 1));

        return _names.TryAdd(Names.Key(e.Name), e.User) ? null : $"two users are called '{e.Name}'";
    }

    private string? Rename(UserRenamed e)
    {
        if (!_users.TryGetValue(e.User, out var before))
        {
            return $"{Trace.Of(e.User)} got another name without being here";
        }

        _names.Remove(Names.Key(before.Name));
        Fingerprint ^= Fact(e.User, before.Name, before.Node) ^ Fact(e.User, e.Name, before.Node);
        _users[e.User] = before with { Name = e.Name };
        return before.Name == e.Name ? $"'{e.Name}' got the same name again"
            : _names.TryAdd(Names.Key(e.Name), e.User) ? null
            : $"two users are called '{e.Name}'";
    }

    private void Count(UserId user, long counter)
    {
        if (_counters.TryGetValue(user, out var before))
        {
            Fingerprint ^= Stir(user.Value ^ ((ulong)before << 1) ^ 1);
        }

        _counters[user] = counter;
        Fingerprint ^= Stir(user.Value ^ ((ulong)counter << 1) ^ 1);
    }
}

/// <summary>All that was ever delivered in one room.</summary>
public sealed class Chronicle
{
    private readonly Dictionary<SequenceNumber, List<Chapter>> _byLast = [];
    private readonly Dictionary<MessageId, List<Chapter>> _messages = [];

    public Chronicle(RoomSnapshot from)
    {
        var fold = new Fold(from);
        Root = new Chapter { Last = from.At, Hash = from.Hash, Epoch = from.Epoch, Fingerprint = fold.Fingerprint, Fold = fold };
        Tip = Root;
        RootRoom = from;
        Index(Root);
    }

    public Chapter Root { get; }

    public RoomSnapshot RootRoom { get; }

    /// <summary>The latest chapter of the branch that goes on.</summary>
    public Chapter Tip { get; private set; }

    public Fold Fold => Tip.Fold!;

    public Chapter? Find(SequenceNumber last, ulong hash) => _byLast.GetValueOrDefault(last)?.Find(c => c.Hash == hash);

    public IReadOnlyList<Chapter> At(SequenceNumber last) => _byLast.GetValueOrDefault(last) ?? [];

    public IReadOnlyList<Chapter> With(MessageId id) => _messages.GetValueOrDefault(id) ?? [];

    /// <summary>Whether a chapter lies on the way to another.</summary>
    public static bool IsBefore(Chapter early, Chapter late)
    {
        var at = late;
        while (at is not null && at.Last > early.Last)
        {
            at = at.Before;
        }

        return ReferenceEquals(at, early);
    }

    /// <summary>The last chapter that lies on the way to both.</summary>
    public static Chapter Common(Chapter one, Chapter other)
    {
        while (!ReferenceEquals(one, other))
        {
            (one, other) = one.Last >= other.Last ? (one.Before!, other) : (one, other.Before!);
        }

        return one;
    }

    /// <summary>Adds what follows a chapter; gives what is wrong with it as far as a fold can tell.</summary>
    public Chapter Append(Chapter before, LogRecord record, ulong hash, out string? wrong)
    {
        var fold = before.Fold ?? Refold(before);
        before.Fold = null;
        var name = fold.NameIn(record.Entry);
        wrong = fold.Apply(record);
        var chapter = new Chapter
        {
            Last = record.Last,
            Hash = hash,
            Record = record,
            Before = before,
            Epoch = record.Entry is EpochStarted ? record.Epoch : before.Epoch,
            Fingerprint = fold.Fingerprint,
            Fold = fold,
            Name = name,
        };
        before.After.Add(chapter);
        Index(chapter);
        Tip = chapter;
        if (record.Entry is Said said)
        {
            foreach (var message in said.Block)
            {
                if (!_messages.TryGetValue(message.Id, out var chapters))
                {
                    _messages.Add(message.Id, chapters = []);
                }

                chapters.Add(chapter);
            }
        }

        return chapter;
    }

    private Fold Refold(Chapter upTo)
    {
        var records = new Stack<LogRecord>();
        for (var at = upTo; at.Record is not null && at.Before is not null; at = at.Before)
        {
            records.Push(at.Record);
        }

        var fold = new Fold(RootRoom);
        foreach (var record in records)
        {
            fold.Apply(record);
        }

        return fold;
    }

    private void Index(Chapter chapter)
    {
        if (!_byLast.TryGetValue(chapter.Last, out var there))
        {
            _byLast.Add(chapter.Last, there = []);
        }

        there.Add(chapter);
    }
}
