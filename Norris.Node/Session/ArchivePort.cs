using Norris.Actors;
using Norris.Actors.History;
using Norris.Actors.Protocol;

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

    /// <summary>Has everyone know whether this node keeps the log.</summary>
    void KeepsLog(bool recording);

    /// <summary>Answers other nodes' questions from now on. Once.</summary>
    void Serve(HistoryService service);

    /// <summary>Asks another node's archive. Null where it does not answer within 2 s.</summary>
    Task<HistoryAnswer?> Ask(NodeId archive, HistoryQuery query, CancellationToken cancel);

    /// <summary>Tells every user of this node something.</summary>
    void Notice(string text);
}

internal sealed class ArchivePort(Func<Incarnation?> current, Action<string> notice) : IArchivePort
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>For how long a leaving node tries to have it stand in the order that it records no more. All know it by its leaving, too.</summary>
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    private readonly Lock _gate = new();
    private bool _recording;
    private HistoryService? _service;
    private Incarnation? _servedOn;

    public RoomStatus Status => current()?.Room.Status ?? RoomStatus.None;

    public IReadOnlyList<NodeId> Others => current() is { } node ? [.. node.Room.Status.Recording.Where(n => n != node.Room.Self)] : [];

    public void KeepsLog(bool recording)
    {
        lock (_gate)
        {
            _recording = recording;
            current()?.Room.KeepsLog(recording);
        }
    }

    public void Serve(HistoryService service)
    {
        lock (_gate)
        {
            _service = service;
            if (current() is { } node)
            {
                Serve(node);
            }
        }
    }

    public async Task<HistoryAnswer?> Ask(NodeId archive, HistoryQuery query, CancellationToken cancel) =>
        current() is { } node ? await node.Room.AskHistory(archive, query, Patience, cancel).ConfigureAwait(false) : null;

    public void Notice(string text) => notice(text);

    /// <summary>There is a new incarnation, after a rejoin.</summary>
    public void Carry(Incarnation node)
    {
        lock (_gate)
        {
            Serve(node);
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

    private void Serve(Incarnation node)
    {
        if (_service is not null && _servedOn != node)
        {
            _servedOn = node;
            node.Room.ServeHistory(_service);
        }
    }
}
