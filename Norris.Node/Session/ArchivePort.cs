using Norris.Actors;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Node.Archive;

namespace Norris.Node.Session;

/// <summary>
/// What an archive, and who reads history, need of the cluster. It outlives the node's incarnations, as a session does. Safe for several threads.
/// </summary>
public interface IArchivePort
{
    /// <summary>Where the node stands now.</summary>
    RoomStatus Status { get; }

    /// <summary>The other nodes that keep the log.</summary>
    IReadOnlyList<NodeId> Others { get; }

    /// <summary>Those who may have what an archive missed: this node itself, the other archives, then everyone else, who keeps what was delivered lately.</summary>
    IReadOnlyList<NodeId> Holders { get; }

    /// <summary>Has everyone know whether this node keeps the log.</summary>
    void KeepsLog(bool recording);

    /// <summary>Answers other nodes' questions from now on. Once.</summary>
    void Serve(HistoryService service);

    /// <summary>Asks a node: what its archive has, and, of a stretch, what was delivered there lately. Null where it does not answer within 2 s.</summary>
    Task<HistoryAnswer?> Ask(NodeId archive, HistoryQuery query, CancellationToken cancel);

    /// <summary>Tells every user of this node something.</summary>
    void Notice(string text);
}

internal sealed class ArchivePort(DeliveredLog log, Func<Incarnation?> current) : IArchivePort
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>For how long a leaving node tries to have it stand in the order that it records no more. All know it by its leaving, too.</summary>
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    private readonly Lock _gate = new();
    private bool _recording;
    private HistoryService? _service;

    public RoomStatus Status => log.Status;

    public IReadOnlyList<NodeId> Others => current() is { } node ? [.. node.Room.Status.Recording.Where(n => n != node.Room.Self)] : [];

    public IReadOnlyList<NodeId> Holders => current() is { Room: var room } ? [room.Self, .. Others, .. room.Status.Members.Except([room.Self, .. Others])] : [];

    public void KeepsLog(bool recording)
    {
        lock (_gate)
        {
            _recording = recording;
            current()?.Room.KeepsLog(recording);
        }
    }

    public void Serve(HistoryService service) => Volatile.Write(ref _service, service);

    public async Task<HistoryAnswer?> Ask(NodeId node, HistoryQuery query, CancellationToken cancel) => current() switch
    {
        null => null,
        { Room: var room } when room.Self == node => await Answer(room, query, cancel).ConfigureAwait(false),
        { Room: var room } => await room.AskHistory(node, query, Patience, cancel).ConfigureAwait(false),
    };

    public void Notice(string text) => log.Tell(text);

    /// <summary>There is a new incarnation, after a rejoin.</summary>
    public void Carry(Incarnation node)
    {
        lock (_gate)
        {
            node.Room.ServeHistory((query, cancel) => Answer(node.Room, query, cancel));
            node.Room.KeepsLog(_recording);
        }
    }

    /// <summary>Has it stand in the order that this node records no more, before it leaves.</summary>
    public async Task SayGoodbye(Incarnation node)
    {
        KeepsLog(false);
        using var patience = new CancellationTokenSource(GoodbyePatience);
        while (node.Room.Status is { IsMember: true } status && status.Recording.Contains(node.Room.Self) && !patience.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<HistoryAnswer> Answer(NorrisRoom room, HistoryQuery query, CancellationToken cancel) =>
        RecentHistory.Answer(room.Delivered, Volatile.Read(ref _service), query, cancel);
}
