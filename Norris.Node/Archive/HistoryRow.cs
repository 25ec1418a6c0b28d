using System.Diagnostics;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>What kind of entry a row is. The numbers are in databases: never change one.</summary>
internal enum RowKind
{
    /// <summary>Where it is about another message, the detail is how, and that one's id is where else a node is.</summary>
    Said = 0,

    Joined = 1,
    Left = 2,
    NodeJoined = 3,
    NodeLeft = 4,
    Host = 5,
    Recording = 6,

    /// <summary>The name before is where else a node is.</summary>
    Renamed = 7,

    /// <summary>The device is where else a node is, the detail what is said of it; who says so and the invite are the text.</summary>
    Circle = 8,

    /// <summary>The detail is which setting of the room it is, the text what it is set to.</summary>
    Setting = 11,
}

/// <summary>An entry of the order as one row, the same in every engine. Equal entries make equal rows, and back.</summary>
/// <param name="Who">The user's id, its bits as a signed number.</param>
/// <param name="Detail">A reason to leave, or a yes (1) or no (0).</param>
internal readonly record struct HistoryRow(
    long Seq,
    long Epoch,
    long Hash,
    RowKind Kind,
    long? Who,
    long? Counter,
    string? Name,
    string? Node,
    string? Body,
    long? SentAt,
    long? OrderedAt,
    int? Detail)
{
    public static HistoryRow Of(OrderedEvent entry)
    {
        var row = new HistoryRow(entry.Seq, entry.Epoch, (long)entry.Hash, default, null, null, null, null, null, null, null, null);
        return entry switch
        {
            SaidEvent e => row with
            {
                Kind = RowKind.Said,
                Who = (long)e.Id.User.Value,
                Counter = e.Id.Counter,
                Name = e.User,
                Body = e.Text,
                SentAt = e.SentAt,
                OrderedAt = e.OrderedAt,
                Node = e.Relation?.To.ToString(),
                Detail = (int?)e.Relation?.Kind,
            },
            JoinedEvent e => row with { Kind = RowKind.Joined, Who = (long)e.Id.Value, Name = e.User, Node = e.Node },
            LeftEvent e => row with { Kind = RowKind.Left, Who = (long)e.Id.Value, Name = e.User, Node = e.Node, Detail = (int)e.Reason },
            RenamedEvent e => row with { Kind = RowKind.Renamed, Who = (long)e.Id.Value, Name = e.User, Node = e.Before },
            SettingEvent e => row with { Kind = RowKind.Setting, Who = (long)e.Id.Value, Name = e.User, Body = e.Text, Detail = (int)e.Setting },
            NodeEvent e => row with { Kind = e.Joined ? RowKind.NodeJoined : RowKind.NodeLeft, Node = e.Node, Detail = (int?)e.Reason },
            HostEvent e => row with { Kind = RowKind.Host, Node = e.Host, Detail = e.MayHaveLost ? 1 : 0 },
            RecordingEvent e => row with { Kind = RowKind.Recording, Node = e.Node, Detail = e.Recording ? 1 : 0 },
            CircleEvent e => row with { Kind = RowKind.Circle, Name = e.Name, Node = e.Device, Body = $"{e.By} {e.Invite}", Detail = (int)e.Change },
            _ => throw new UnreachableException($"no row for {entry.GetType()}"),
        };
    }

    public OrderedEvent ToEvent()
    {
        var hash = (ulong)Hash;
        return Kind switch
        {
            RowKind.Said => new SaidEvent(Seq, Epoch, hash, new MessageId(User, Counter ?? 0), Name ?? "", Body ?? "", SentAt ?? 0, OrderedAt ?? 0) { Relation = About },
            RowKind.Joined => new JoinedEvent(Seq, Epoch, hash, Name ?? "", Node ?? "", User),
            RowKind.Left => new LeftEvent(Seq, Epoch, hash, Name ?? "", Node ?? "", (LeaveReason)(Detail ?? 0), User),
            RowKind.Renamed => new RenamedEvent(Seq, Epoch, hash, Name ?? "", Node ?? "", User),
            RowKind.Setting => new SettingEvent(Seq, Epoch, hash, Name ?? "", (RoomSettingKind)(Detail ?? 0), Body ?? "", User),
            RowKind.NodeJoined or RowKind.NodeLeft => new NodeEvent(Seq, Epoch, hash, Node ?? "", Kind == RowKind.NodeJoined, (LeaveReason?)Detail),
            RowKind.Host => new HostEvent(Seq, Epoch, hash, Node ?? "", Detail == 1),
            RowKind.Recording => new RecordingEvent(Seq, Epoch, hash, Node ?? "", Detail == 1),
            RowKind.Circle => new CircleEvent(Seq, Epoch, hash, (CircleChange)(Detail ?? 0), Node ?? "", (Body ?? "").Split(' ')[0], Name ?? "", (Body ?? "").Split(' ').ElementAtOrDefault(1) ?? ""),
            _ => throw new HistoryStoreException(StoreFault.Version, $"the archive has an entry of a kind ({(int)Kind}) that this build does not know"),
        };
    }

    private Relation? About => Detail is { } kind && MessageId.TryParse(Node, out var to) ? new Relation((RelationKind)kind, to) : null;

    private UserId User => new((ulong)(Who ?? 0));
}
