using System.Diagnostics;
using System.Text;
using Google.Protobuf;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;
using Kind = Norris.Node.Archive.Proto.Entry.KindOneofCase;

namespace Norris.Node.Archive;

/// <summary>Entries to history.proto, and back within all bounds: stores, screens and searches trust what they are handed.</summary>
internal static class PageFormat
{
    /// <summary>The longest address of a node as it is shown, in UTF-16 units.</summary>
    private const int NodeLength = 400;

    private static readonly MessageParser<Proto.Page> Parser = Proto.Page.Parser.WithDiscardUnknownFields(true);

    /// <summary>As many as fit into a page, from the first on.</summary>
    public static List<Proto.Entry> Fitting(IEnumerable<OrderedEvent> entries) => Fitting(entries.Select(entry => (IReadOnlyList<OrderedEvent>)[entry]));

    /// <summary>As many as fit into a page, from the first on; those that belong together, all or none.</summary>
    public static List<Proto.Entry> Fitting(IEnumerable<IReadOnlyList<OrderedEvent>> groups)
    {
        var fitting = new List<Proto.Entry>();
        var bytes = 0;
        foreach (var group in groups)
        {
            List<Proto.Entry> entries = [.. group.Select(Entry)];
            bytes += entries.Sum(entry => CodedOutputStream.ComputeTagSize(Proto.Page.EntriesFieldNumber) + CodedOutputStream.ComputeMessageSize(entry));
            if (bytes > HistoryLimits.PageBytes || fitting.Count + entries.Count > HistoryLimits.Entries)
            {
                break;
            }

            fitting.AddRange(entries);
        }

        return fitting;
    }

    public static ReadOnlyMemory<byte> Write(IEnumerable<Proto.Entry> entries) => new Proto.Page { Entries = { entries } }.ToByteArray();

    /// <summary>The entries of a page, in their order.</summary>
    /// <exception cref="FormatException">It is no page. Why, in words that repeat nothing of it.</exception>
    public static IReadOnlyList<OrderedEvent> Read(ReadOnlySpan<byte> page)
    {
        Proto.Page read;
        try
        {
            read = Parser.ParseFrom(page);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FormatException("it is not in the format of history.proto", e);
        }

        Holds(read.Entries.Count <= HistoryLimits.Entries, "it has too many entries");
        var entries = new List<OrderedEvent>(read.Entries.Count);
        foreach (var entry in read.Entries.Select(Event))
        {
            Holds(entries.Count == 0 || entry.Seq > entries[^1].Seq, "its entries are not in their order");
            entries.Add(entry);
        }

        return entries;
    }

    private static Proto.Entry Entry(OrderedEvent happened)
    {
        var entry = new Proto.Entry { Seq = happened.Seq, Epoch = happened.Epoch, Hash = happened.Hash };
        switch (happened)
        {
            case SaidEvent e:
                entry.Said = new() { User = e.Id.User.Value, Counter = e.Id.Counter, Name = e.User, Text = e.Text, SentAt = e.SentAt, OrderedAt = e.OrderedAt };
                if (e.Relation is { } about)
                {
                    entry.Said.Relation = new() { Kind = (Proto.RelationKind)about.Kind, User = about.To.User.Value, Counter = about.To.Counter };
                }

                break;
            case JoinedEvent e:
                entry.Joined = new() { User = e.Id.Value, Name = e.User, Node = e.Node };
                break;
            case LeftEvent e:
                entry.Left = new() { User = e.Id.Value, Name = e.User, Node = e.Node, Reason = Reason(e.Reason) };
                break;
            case RenamedEvent e:
                entry.Renamed = new() { User = e.Id.Value, Name = e.User, Before = e.Before };
                break;
            case SettingEvent e:
                entry.Setting = new() { User = e.Id.Value, Name = e.User, Setting_ = (Proto.SettingKind)(e.Setting + 1), Text = e.Text };
                break;
            case NodeEvent { Joined: true } e:
                entry.NodeJoined = new() { Node = e.Node };
                break;
            case NodeEvent e:
                entry.NodeLeft = new() { Node = e.Node, Reason = Reason(e.Reason) };
                break;
            case HostEvent e:
                entry.Host = new() { Node = e.Host, MayHaveLost = e.MayHaveLost };
                break;
            case RecordingEvent e:
                entry.Recording = new() { Node = e.Node, Recording_ = e.Recording };
                break;
            case CircleEvent e:
                entry.Circle = new() { Change = (Proto.CircleChange)(e.Change + 1), Device = e.Device, By = e.By, Name = e.Name, Invite = e.Invite };
                break;
            default:
                throw new UnreachableException($"no entry of a page for {happened.GetType()}");
        }

        return entry;
    }

    private static OrderedEvent Event(Proto.Entry entry)
    {
        var (seq, epoch, hash) = (Number(entry.Seq), Number(entry.Epoch), entry.Hash);
        return entry switch
        {
            { KindCase: Kind.Said, Said: var e } => Said(seq, epoch, hash, e),
            { KindCase: Kind.Joined, Joined: var e } => new JoinedEvent(seq, epoch, hash, Name(e.Name), Node(e.Node), new(e.User)),
            { KindCase: Kind.Left, Left: var e } => new LeftEvent(seq, epoch, hash, Name(e.Name), Node(e.Node), Reason(e.Reason), new(e.User)),
            { KindCase: Kind.Renamed, Renamed: var e } => new RenamedEvent(seq, epoch, hash, Name(e.Name), Name(e.Before), new(e.User)),
            { KindCase: Kind.Setting, Setting: var e } => new SettingEvent(seq, epoch, hash, Name(e.Name), Setting(e.Setting_), SettingText(e.Text), new(e.User)),
            { KindCase: Kind.NodeJoined, NodeJoined: var e } => new NodeEvent(seq, epoch, hash, Node(e.Node), true, null),
            { KindCase: Kind.NodeLeft, NodeLeft: var e } => new NodeEvent(seq, epoch, hash, Node(e.Node), false, Reason(e.Reason)),
            { KindCase: Kind.Host, Host: var e } => new HostEvent(seq, epoch, hash, Node(e.Node), e.MayHaveLost),
            { KindCase: Kind.Recording, Recording: var e } => new RecordingEvent(seq, epoch, hash, Node(e.Node), e.Recording_),
            { KindCase: Kind.Circle, Circle: var e } => new CircleEvent(seq, epoch, hash, Change(e.Change), Node(e.Device), Node(e.By), Name(e.Name), Node(e.Invite)),
            _ => throw new FormatException("it has an entry of a kind that this version does not know"),
        };
    }

    private static SaidEvent Said(long seq, long epoch, ulong hash, Proto.Said e)
    {
        var id = new MessageId(new(e.User), Number(e.Counter));
        Relation? about = e.Relation is null ? null : new Relation((RelationKind)e.Relation.Kind, new(new(e.Relation.User), Number(e.Relation.Counter)));
        Holds(
            about is not { } r || (r.Kind is >= RelationKind.Reply and <= RelationKind.Reaction && (!r.IsToOwn || (r.To.User == id.User && r.To.Counter < id.Counter))),
            "a message is about one that it cannot be about");
        Holds(e.Text.Length <= Limits.TextBytes && Relation.Takes(about?.Kind, Encoding.UTF8.GetBytes(e.Text)), "a text is empty, or too long");
        return new SaidEvent(seq, epoch, hash, id, Name(e.Name), e.Text, Time(e.SentAt), Time(e.OrderedAt)) { Relation = about };
    }

    private static RoomSettingKind Setting(Proto.SettingKind setting) =>
        Held((RoomSettingKind)(setting - 1), setting is >= Proto.SettingKind.Name and <= Proto.SettingKind.Last, "a setting of the room is none that this version knows");

    private static string SettingText(string text) => Held(text, text.Length <= Limits.TopicLength && PlainText.IsLine(text), "a setting of the room is too long, or has characters that none has");

    private static CircleChange Change(Proto.CircleChange change) =>
        Held((CircleChange)(change - 1), change is >= Proto.CircleChange.Admitted and <= Proto.CircleChange.TakenBack, "what is said of a circle is nothing that this version knows");

    private static Proto.LeaveReason Reason(LeaveReason? reason) => reason switch
    {
        LeaveReason.Left => Proto.LeaveReason.Left,
        LeaveReason.Crashed => Proto.LeaveReason.Crashed,
        LeaveReason.Expelled => Proto.LeaveReason.Expelled,
        LeaveReason.Silent => Proto.LeaveReason.Silent,
        LeaveReason.PutOut => Proto.LeaveReason.PutOut,
        _ => throw new UnreachableException($"{reason} is no reason in a page"),
    };

    private static LeaveReason Reason(Proto.LeaveReason reason) => reason switch
    {
        Proto.LeaveReason.Left => LeaveReason.Left,
        Proto.LeaveReason.Crashed => LeaveReason.Crashed,
        Proto.LeaveReason.Expelled => LeaveReason.Expelled,
        Proto.LeaveReason.Silent => LeaveReason.Silent,
        Proto.LeaveReason.PutOut => LeaveReason.PutOut,
        _ => throw new FormatException("a reason for leaving is none that this version knows"),
    };

    /// <summary>A number of the order, an epoch, a counter: all begin at 1.</summary>
    private static long Number(long value) => Held(value, value is >= 1 and <= Limits.HighestNumber, "a number is below 1, or too high for any");

    private static long Time(long value) => Held(value, value >= 0 && value <= CalendarTime.Latest, "a time is out of all bounds");

    /// <remarks>What may be a name is for those to judge who give it. An archive may be older than the rules of today.</remarks>
    private static string Name(string name) => Held(name, name.Length <= Limits.NameLength && PlainText.IsLine(name), "a name is too long, or has characters that no name has");

    private static string Node(string node) => Held(node, node.Length <= NodeLength && PlainText.IsLine(node), "a node is too long, or has characters that no address has");

    private static T Held<T>(T value, bool holds, string otherwise)
    {
        Holds(holds, otherwise);
        return value;
    }

    private static void Holds(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new FormatException(otherwise);
        }
    }
}
