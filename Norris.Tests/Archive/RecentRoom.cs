using System.Globalization;
using System.Text;
using Norris.Actors;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>What a member of a room with an archive delivered: somebody comes, says things in blocks of seven, and goes.</summary>
internal sealed class RecentRoom
{
    public static readonly NodeId Ann = ArchivePeers.Node(1);
    public static readonly NodeId Bob = ArchivePeers.Node(2);
    private static readonly UserId Zoe = new(7);
    private readonly RoomState _room;

    public RecentRoom(RoomId room, DeliveryLevel level = DeliveryLevel.Uniform, long bytes = 1024 * 1024)
    {
        var before = RoomState.New(room, level, Ann) with { Hash = 0, Recording = [Bob] };
        Room = room;
        Log = new RecentLog(bytes);
        _room = new RoomState(before);
        Status = RoomStatus.None with { Room = room, IsMember = true, Epoch = new Epoch(1) };
        Log.Note(new LogStarted(new SequenceNumber(1), before), new Now(0, 0));
        Deliver(new UserJoined(Zoe, "zoë", Ann, OwnerId.Nobody, 1));
    }

    public RoomId Room { get; }

    public RecentLog Log { get; }

    public RoomStatus Status { get; set; }

    /// <summary>The milliseconds that have passed.</summary>
    public long Time { get; set; }

    public List<OrderedEvent> Events { get; } = [];

    public HistoryAnswer Answer(HistoryQuery query) => RecentHistory.Answer(Log, Status, query);

    public void Say(int messages)
    {
        for (var left = messages; left > 0; left -= 7)
        {
            var first = _room.LastCounter(Zoe) + 1;
            var block = new SaidBlock.Builder(Zoe, first);
            for (var i = 0; i < Math.Min(7, left); i++)
            {
                block.Add(Encoding.UTF8.GetBytes((first + i).ToString(CultureInfo.InvariantCulture)), 1_780_000_000_000 + first);
            }

            Deliver(new Said(block.Seal()!));
        }
    }

    public void Leave() => Deliver(new UserLeft(Zoe, LeaveReason.Left));

    public void Deliver(Entry entry)
    {
        var record = new LogRecord(_room.At.Next, new Epoch(1), 1_780_000_000_000, entry);
        var delivered = new Deliver(record, _room.Hash, _room.NameIn(entry));
        var node = entry is UserLeft left ? _room.Find(left.User)?.Node : null;
        Log.Note(delivered, new Now(Time, 0));
        Events.AddRange(EntryEvents.Of(delivered, node));
        _room.Apply(record, Events[^1].Hash);
        Status = Status with { Delivered = _room.At };
    }
}
