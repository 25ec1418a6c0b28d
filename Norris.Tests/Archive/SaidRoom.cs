using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>A room in which people say something about what was said before.</summary>
internal sealed class SaidRoom(RoomId room)
{
    public static readonly UserId Ada = new(1);
    public static readonly UserId Bob = new(2);

    private readonly List<SaidEvent> _said = [];

    public IReadOnlyList<SaidEvent> Entries => _said;

    public HistoryStretch All => new(room, 0, [.. _said]);

    /// <param name="name">Null: the usual one.</param>
    public SaidRoom Say(UserId by, string text, RelationKind? kind = null, long about = 0, string? name = null)
    {
        var seq = _said.Count + 1L;
        _said.Add(new SaidEvent(seq, 1, (ulong)seq, new MessageId(by, seq), name ?? (by == Ada ? "ada" : "bob"), text, seq, seq)
        {
            Relation = kind is { } how ? new Relation(how, _said[(int)about - 1].Id) : null,
        });
        return this;
    }

    /// <summary>Who has said a message says something about it.</summary>
    public SaidRoom Change(RelationKind kind, long about, string text = "", string? name = null) => Say(_said[(int)about - 1].Id.User, text, kind, about, name);
}
