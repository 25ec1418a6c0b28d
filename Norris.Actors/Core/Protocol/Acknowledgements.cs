namespace Norris.Core.Protocol;

/// <summary>
/// What each node has acknowledged in a reign (Raft's match index), when it said so, and when it last followed the reign. What a node has acknowledged in one life never gets less. Pure.
/// </summary>
internal sealed class Acknowledgements
{
    private readonly Dictionary<NodeId, Peer> _peers = [];

    /// <summary>Up to where each node that has followed this reign has everything.</summary>
    public IReadOnlyDictionary<NodeId, SequenceNumber> All => _peers.Where(p => p.Value.Received is not null).ToDictionary(p => p.Key, p => p.Value.Received!.Value);

    /// <summary>Up to where a node has everything; 0: it has not acknowledged anything.</summary>
    public SequenceNumber Received(NodeId node) => Find(node)?.Received ?? default;

    /// <summary>Whether a node has followed this reign, in its life of now.</summary>
    public bool Has(NodeId node) => Find(node)?.Received is not null;

    /// <summary>What is told of a node.</summary>
    public MemberAck Of(NodeId node) => Find(node) is { } peer ? new MemberAck(peer.Received ?? default, peer.Sent ?? default) : default;

    /// <summary>Whether a node that died had followed this reign so shortly before that it cannot have waited for <see cref="Limits.TieAfter"/>.</summary>
    public bool FollowedToTheEnd(NodeId dead) => Find(dead)?.FollowedToTheEnd == true;

    /// <summary>A node has acknowledged.</summary>
    /// <returns>Whether it was the first time, and whether it has more than before.</returns>
    public (bool IsFirst, bool IsMore) Take(NodeId from, Ack ack)
    {
        var peer = Open(from);
        var isFirst = peer.Sent is null;
        var isMore = peer.Received is not { } before || ack.Received > before;
        peer.Received = isMore ? ack.Received : peer.Received;
        peer.Sent = isFirst || ack.Sent.Elapsed > peer.Sent!.Value.Elapsed ? ack.Sent : peer.Sent;
        peer.Followed = ack.Heard.Elapsed > peer.Followed.Elapsed ? ack.Heard : peer.Followed;
        return (isFirst, isMore);
    }

    /// <summary>A node has died.</summary>
    public void Dies(NodeId node, Now now)
    {
        if (Find(node) is { } peer)
        {
            peer.FollowedToTheEnd |= now.Since(peer.Followed) < Limits.TieLease;
        }
    }

    /// <summary>A member begins another life, in which it may not have what it once acknowledged.</summary>
    public void BeginsAgain(NodeId member) => Open(member).Received = null;

    /// <summary>A newcomer has nothing, and has decided nothing until now.</summary>
    public void Comes(NodeId newcomer, Now now)
    {
        BeginsAgain(newcomer);
        var peer = Open(newcomer);
        peer.Sent = null;
        peer.Followed = now;
    }

    /// <summary>Adds every number that somebody has acknowledged.</summary>
    public void AddTo(List<SequenceNumber> numbers)
    {
        foreach (var peer in _peers.Values)
        {
            if (peer.Received is { } received)
            {
                numbers.Add(received);
            }
        }
    }

    public void Forget(Func<NodeId, bool> isOver)
    {
        foreach (var node in _peers.Keys.Where(isOver).ToList())
        {
            _peers.Remove(node);
        }
    }

    private Peer? Find(NodeId node) => _peers.GetValueOrDefault(node);

    private Peer Open(NodeId node)
    {
        if (!_peers.TryGetValue(node, out var peer))
        {
            _peers.Add(node, peer = new Peer());
        }

        return peer;
    }

    private sealed class Peer
    {
        public SequenceNumber? Received { get; set; }

        // By the node's own clocks.
        public Now? Sent { get; set; }

        // By this node's clocks.
        public Now Followed { get; set; }

        public bool FollowedToTheEnd { get; set; }
    }
}
