using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
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
    private readonly FakeTimeProvider _clock = new();
    private readonly RoomState _room;

    public RecentRoom(RoomId room, DeliveryLevel level = DeliveryLevel.Uniform, long bytes = 4 * 1024 * 1024, bool isRecorded = true)
    {
        var before = RoomState.New(room, level, Ann) with { Hash = 0, Recording = isRecorded ? [Bob] : [] };
        Room = room;
        Log = new DeliveredLog(bytes, _clock);
        _room = new RoomState(before);
        Status = RoomStatus.None with { Room = room, IsMember = true, Epoch = new Epoch(1), Picture = before.Picture() };
        Log.Append([new LogStarted(new SequenceNumber(1), before)], Status);
        Deliver(new UserJoined(Zoe, "zoë", Ann, OwnerId.Nobody, 1));
    }

    public RoomId Room { get; }

    public DeliveredLog Log { get; }

    public RoomStatus Status { get; set; }

    public List<OrderedEvent> Events { get; } = [];

    public void Pass(long milliseconds) => _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

    public HistoryAnswer Answer(HistoryQuery query)
    {
        Log.Publish(Status);
        return RecentHistory.Answer(Log, null, query, CancellationToken.None).Result;
    }

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

    public void Say(string text, RelationKind? kind = null, long about = 0)
    {
        var block = new SaidBlock.Builder(Zoe, _room.LastCounter(Zoe) + 1);
        block.Add(Encoding.UTF8.GetBytes(text), 1_780_000_000_000, kind is { } how ? new Relation(how, new MessageId(Zoe, about)) : null);
        Deliver(new Said(block.Seal()!));
    }

    public void Leave() => Deliver(new UserLeft(Zoe, LeaveReason.Left));

    public void Deliver(Entry entry)
    {
        var record = new LogRecord(_room.At.Next, new Epoch(1), 1_780_000_000_000, entry);
        var delivered = new Deliver(record, _room.Hash, _room.NameIn(entry)) { UserNode = entry is UserLeft left ? _room.Find(left.User)?.Node : null };
        Events.AddRange(EntryEvents.Of(delivered));
        _room.Apply(record, Events[^1].Hash);
        Status = Status with { Delivered = _room.At, Hash = _room.Hash, Picture = _room.Picture() };
        Log.Append([delivered], Status);
    }
}
