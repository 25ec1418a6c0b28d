using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>What outlives a restart of the replica's actor, and what others may look at.</summary>
internal sealed class ReplicaHolder(NodeId self, Replica machine, DeliveredLog log, long tickEvery, SettingKeeper settings, CircleKeeper? circle = null)
{
    private RoomPicture? _picture;
    private Dictionary<NodeId, DeviceId?>? _devices;

    public Replica Machine { get; } = machine;

    public DeliveredLog Log { get; } = log;

    public long TickEvery { get; } = tickEvery;

    /// <summary>What it does about its circle; null: it has none.</summary>
    public CircleKeeper? Circle { get; } = circle;

    /// <summary>What it does about the room's settings.</summary>
    public SettingKeeper Settings { get; } = settings;

    public List<Effect> Effects { get; } = [];

    public UsersHere Users { get; } = new();

    /// <summary>Whether this node keeps the log in a store.</summary>
    public bool Recording { get; set; }

    public long RecordingSaidAt { get; set; } = long.MinValue / 2;

    /// <summary>Completes when the node has said goodbye.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason when the room will not have this node.</summary>
    public TaskCompletionSource<Refused> Refusal { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Hands news to whoever reads, and to each user what concerns it.</summary>
    public void Hand(List<Effect> news, IReadOnlyCollection<Akka.Cluster.Member> unreachable)
    {
        if (news.Exists(effect => effect is LogStarted or Deliver { Record.Entry: not Said }))
        {
            _picture = null;
            _devices = null;
        }

        Log.Append(news, Status(unreachable));
        Users.Hear(news);
    }

    public void PublishStatus(IReadOnlyCollection<Akka.Cluster.Member> unreachable) => Log.Publish(Status(unreachable));

    private RoomStatus Status(IReadOnlyCollection<Akka.Cluster.Member> unreachable)
    {
        var room = Machine.Room;
        _picture ??= room?.Picture();
        _devices ??= room?.Circle is null ? null : room.Members.ToDictionary(node => node, room.DeviceOf);
        return new RoomStatus(room is not null, Machine.Accepted, Machine.Host, Machine.Received, Machine.Stable, Machine.Highest, Machine.Delivered)
        {
            Self = self,
            Room = room?.Room ?? RoomId.None,
            Hash = room?.Hash ?? Log.Status.Hash,
            RoomOfLog = Machine.RoomOfLog,
            Whereabouts = Machine.Whereabouts,
            Places = Machine.Places,
            Unreachable = unreachable.Count == 0 ? [] : [.. unreachable.Select(m => NodeContext.IdOf(m.UniqueAddress))],
            Picture = _picture ?? Log.Status.Picture,
            Circle = room?.Circle,
            Devices = _devices,
            LastStamp = room?.LastStamp ?? 0,
        };
    }
}
