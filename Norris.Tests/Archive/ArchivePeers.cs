using Norris.Actors;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>A node's view of a room's other archives, without a cluster: each is a store, or does not answer.</summary>
internal sealed class ArchivePeers(RoomId room) : IArchivePort
{
    private readonly SortedDictionary<NodeId, Func<HistoryQuery, Task<HistoryAnswer?>>> _archives = [];

    public RoomStatus Status
    {
        get
        {
            StatusAsked++;
            return RoomStatus.None with { Room = room, IsMember = true, Picture = RoomPicture.None with { Recording = Others, Members = Members, Host = Host, Settings = Settings }, Delivered = new SequenceNumber(Delivered) };
        }
    }

    /// <summary>Of members that keep no archive.</summary>
    private readonly Dictionary<NodeId, Func<HistoryQuery, HistoryAnswer>> _members = [];

    public RoomSettings Settings { get; set; } = RoomSettings.None;

    public IReadOnlyList<NodeId> Members { get; init; } = [];

    public NodeId? Host { get; init; }

    public int StatusAsked { get; private set; }

    /// <summary>How far the node has come, as far as it knows itself.</summary>
    public long Delivered { get; set; } = 5_000;

    public IReadOnlyList<NodeId> Others => [.. _archives.Keys];

    public IReadOnlyList<NodeId> Holders => Others;

    public List<bool> Said { get; } = [];

    public List<string> Notices { get; } = [];

    /// <summary>How often each was asked, in the order in which it was.</summary>
    public List<NodeId> Asked { get; } = [];

    public HistoryService? Service { get; private set; }

    public static NodeId Node(int number) => new($"akka.tcp://norris@10.0.0.{number}:4053", number);

    public void Add(int number, IHistoryStore store) =>
        _archives[Node(number)] = async query => await HistoryPages.Answer(store, query, CancellationToken.None);

    public void AddSilent(int number) => _archives[Node(number)] = _ => Task.FromResult<HistoryAnswer?>(null);

    public void Add(int number, Func<HistoryQuery, HistoryAnswer> answers) => _archives[Node(number)] = query => Task.FromResult<HistoryAnswer?>(answers(query));

    public void AddAsking(int number, Func<HistoryQuery, Task<HistoryAnswer>> answers) => _archives[Node(number)] = async query => await answers(query);

    public void Add(int number, HistoryAnswer answer) => _archives[Node(number)] = _ => Task.FromResult<HistoryAnswer?>(answer);

    /// <summary>A member that keeps no archive.</summary>
    public void Answers(int number, Func<HistoryQuery, HistoryAnswer> answers) => _members[Node(number)] = answers;

    public void KeepsLog(bool recording) => Said.Add(recording);

    public void Serve(HistoryService service) => Service = service;

    public Task<HistoryAnswer?> Ask(NodeId archive, HistoryQuery query, CancellationToken cancel)
    {
        Asked.Add(archive);
        return _members.TryGetValue(archive, out var member) ? Task.FromResult<HistoryAnswer?>(member(query)) : _archives[archive](query);
    }

    public void Notice(string text) => Notices.Add(text);
}
