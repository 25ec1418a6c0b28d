using System.IO.Hashing;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>A room's order as a node would have lived it: entries of every kind, in a hash chain, the same ones for the same seed.</summary>
internal sealed class LivedHistory
{
    public const long Start = 1_780_000_000_000;

    private static readonly string[] Words = ["apple", "bread", "cloud", "door", "evening", "forest", "garden", "house"];
    private readonly List<OrderedEvent> _entries = [];
    private readonly ulong _before;

    public LivedHistory(int count, int seed = 1, RoomId? room = null)
    {
        var random = new Random(seed);
        Room = room ?? new RoomId(0x8000_0000_0000_0001 ^ (ulong)seed);
        _before = Room.Value;
        var hash = _before;
        for (var seq = 1L; seq <= count; seq++)
        {
            hash = XxHash3.HashToUInt64(BitConverter.GetBytes(hash), seq + seed);
            _entries.Add(Entry(random, seq, hash));
        }
    }

    public RoomId Room { get; }

    public IReadOnlyList<OrderedEvent> Entries => _entries;

    public IEnumerable<SaidEvent> Messages => _entries.OfType<SaidEvent>();

    public OrderedEvent At(long seq) => _entries[(int)seq - 1];

    public ulong HashBefore(long seq) => seq == 1 ? _before : At(seq - 1).Hash;

    public HistoryStretch Stretch(long first, long last) => new(Room, HashBefore(first), _entries.GetRange((int)first - 1, (int)(last - first + 1)));

    public HistoryStretch All => Stretch(1, _entries.Count);

    private static OrderedEvent Entry(Random random, long seq, ulong hash)
    {
        var epoch = 1 + (seq / 500);
        var user = random.Next(5);
        var id = new UserId(0xfedc_ba98_7654_3210 + (ulong)user);
        var node = $"10.0.0.{user}:4053";
        return (seq, random.Next(40)) switch
        {
            (1, _) => new HostEvent(seq, epoch, hash, node, false),
            (_, 0) => new HostEvent(seq, epoch, hash, node, true),
            (_, 1) => new JoinedEvent(seq, epoch, hash, $"User {user}", node, id),
            (_, 2) => new LeftEvent(seq, epoch, hash, $"User {user}", node, (LeaveReason)random.Next(3), id),
            (_, 3) => new NodeEvent(seq, epoch, hash, node, true, null),
            (_, 4) => new NodeEvent(seq, epoch, hash, node, false, (LeaveReason)random.Next(3)),
            (_, 6) => new RenamedEvent(seq, epoch, hash, $"User {user}", "somebody else", id),
            (_, 7) => new CircleEvent(seq, epoch, hash, (CircleChange)random.Next(4), "7QK4-M2ZX", "9F3K-T0PA", random.Next(2) == 0 ? "" : $"User {user}", random.Next(2) == 0 ? "" : "4mvt"),
            (_, 10) => new SettingEvent(seq, epoch, hash, $"User {user}", (RoomSettingKind)random.Next(3), random.Next(2) == 0 ? "" : "ünïcode: tea", id),
            (_, 5) => new RecordingEvent(seq, epoch, hash, node, random.Next(2) == 0),
            (_, 8) => new SaidEvent(seq, epoch, hash, new MessageId(id, seq), $"User {user}", "👍", Start + (seq * 10) - 3, Start + (seq * 10))
            {
                Relation = new Relation(RelationKind.Reaction, new MessageId(new UserId(ulong.MaxValue), seq)),
            },
            (_, 9) => new SaidEvent(seq, epoch, hash, new MessageId(id, seq), $"User {user}", "", Start + (seq * 10) - 3, Start + (seq * 10))
            {
                Relation = new Relation(RelationKind.Deletion, new MessageId(id, 1)),
            },
            _ => new SaidEvent(seq, epoch, hash, new MessageId(id, seq), $"User {user}", Text(random, seq), Start + (seq * 10) - 3, Start + (seq * 10)),
        };
    }

    private static string Text(Random random, long seq) => random.Next(30) switch
    {
        0 => $"ünïcode 你好 👩‍🚀 {seq}\n\ttwo lines",
        1 => $"zero \0 and \u001a0 and \u001a1 {seq}",
        2 => $"'; DROP TABLE entries; -- \" OR * {seq}",
        _ => $"{Words[random.Next(8)]} {Words[random.Next(8)]} {Words[random.Next(8)]} number{seq}",
    };
}
