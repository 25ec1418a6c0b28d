using Norris.Core.Protocol;

namespace Norris.Tests.ModelCheck;

/// <summary>What is on its way from one node to a machine of another: first in, first out. Immutable.</summary>
internal sealed record Link(IReadOnlyList<Letter> Letters)
{
    public static Link Empty { get; } = new([]);

    public ulong Fingerprint { get; } = Letters.Aggregate(9UL, (hash, letter) => Copies.Mix(hash, letter.Fingerprint));

    public Link Add(Letter letter) => new([.. Letters, letter]);

    public Link Rest() => Letters.Count == 1 ? Empty : new([.. Letters.Skip(1)]);
}

/// <summary>All that is on its way, between every two nodes, themselves included. A <see cref="World"/> changes only its own copy.</summary>
internal sealed class Links
{
    private readonly Link[] _links;
    private readonly int _nodes;

    public Links(int nodes)
        : this(nodes, [.. Enumerable.Repeat(Link.Empty, nodes * nodes * 2)])
    {
    }

    private Links(int nodes, Link[] links) => (_nodes, _links) = (nodes, links);

    public ulong Fingerprint => _links.Aggregate(2UL, (hash, link) => Copies.Mix(hash, link.Fingerprint));

    public Links Copy() => new(_nodes, (Link[])_links.Clone());

    public bool HasAny(int from, int to, bool toSequencer) => _links[Index(from, to, toSequencer)].Letters.Count > 0;

    /// <summary>The first arrival that is possible on the way from one node to another; null: nothing is on it.</summary>
    public Move? Next(byte from, byte to) => (HasAny(from, to, true), HasAny(from, to, false)) switch
    {
        (true, _) => new Move(MoveKind.Arrives, to, from, true),
        (_, true) => new Move(MoveKind.Arrives, to, from, false),
        _ => null,
    };

    public void Add(int from, int to, Letter letter)
    {
        var index = Index(from, to, letter.Message is ToSequencerMessage);
        _links[index] = _links[index].Add(letter);
    }

    public Letter Take(Move move)
    {
        var index = Index(move.From, move.Node, move.ToSequencer);
        var letter = _links[index].Letters[0];
        _links[index] = _links[index].Rest();
        return letter;
    }

    /// <summary>What is under way to the dead is gone, and so is what is in a cable when it is cut; but not what the dead sent before.</summary>
    public void Drop(Surroundings around)
    {
        for (var from = 0; from < _nodes; from++)
        {
            for (var to = 0; to < _nodes; to++)
            {
                if (!around.Lives(to) || (around.Lives(from) && !around.Connects(from, to)))
                {
                    _links[Index(from, to, true)] = Link.Empty;
                    _links[Index(from, to, false)] = Link.Empty;
                }
            }
        }
    }

    private int Index(int from, int to, bool toSequencer) => (((from * _nodes) + to) * 2) + (toSequencer ? 1 : 0);
}
