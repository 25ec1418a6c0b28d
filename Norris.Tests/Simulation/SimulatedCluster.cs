using System.Collections.Immutable;
using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>What the parts of the cluster on two nodes say to each other.</summary>
public abstract record ClusterMessage
{
    /// <summary>Are you in a cluster? Join me.</summary>
    public sealed record Join : ClusterMessage;

    public sealed record Welcome(Gossip Gossip) : ClusterMessage;

    public sealed record Tell(Gossip Gossip) : ClusterMessage;

    public sealed record Heartbeat(bool IsAnswer) : ClusterMessage;

    /// <summary>You are quarantined here: your incarnation is over.</summary>
    public sealed record Quarantined : ClusterMessage;
}

/// <summary>
/// One node's part of the cluster, after Akka.Cluster 1.5: gossip, failure detector, leader. It is as unkind as the original: what it believes is late and differs
/// from node to node; nobody comes in or leaves while anybody is unreachable; a welcome may come from somebody who dies before telling anyone; a new
/// incarnation has to wait until the old one at its address is out; a node that was taken out hears of it from whoever has heard of it, or not at all. It takes
/// out nobody by itself: that is for the machines to say.
/// </summary>
/// <param name="self">The node.</param>
/// <param name="time">Virtual time, in microseconds.</param>
/// <param name="dice">Chance.</param>
/// <param name="send">Carries a message to a node.</param>
/// <param name="changed">Called when the node's account of the cluster has changed.</param>
public sealed class ClusterPart(NodeId self, Timeline time, Dice dice, Action<NodeId, ClusterMessage> send, Action changed)
{
    public const long GossipEvery = 100 * Scenario.Millisecond;
    private const long HeartbeatEvery = 500 * Scenario.Millisecond;
    private const long UnreachableAfter = 2500 * Scenario.Millisecond;
    private readonly Dictionary<NodeId, long> _heardAt = [];
    private readonly HashSet<NodeId> _quarantined = [];
    private long _beatAt;

    public NodeId Self => self;

    public Gossip Gossip { get; private set; } = Gossip.Empty;

    /// <summary>Whether it has been let into a cluster.</summary>
    public bool IsUp => Gossip.Of(self) is Standing.Up or Standing.Leaving or Standing.Exiting;

    public bool IsJoined => Gossip.Of(self) is not null;

    /// <summary>The others have taken it out, and it has heard of that.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Who went the proper way: it was exiting when it was removed.</summary>
    public HashSet<NodeId> LeftProperly { get; } = [];

    public bool HasQuarantined(NodeId node) => _quarantined.Contains(node);

    /// <summary>It begins a cluster of its own.</summary>
    public void Begin() => Take(Gossip.Empty.With(self, Standing.Joining, self));

    public void Handle(NodeId from, ClusterMessage message)
    {
        if (_quarantined.Contains(from) && message is not ClusterMessage.Quarantined)
        {
            send(from, new ClusterMessage.Quarantined());
            return;
        }

        switch (message)
        {
            case ClusterMessage.Join:
                OnJoin(from);
                break;
            case ClusterMessage.Welcome m when !IsJoined:
                Take(m.Gossip with { Seen = m.Gossip.Seen.Add(self) });
                break;
            case ClusterMessage.Tell m when Gossip.Of(from) is not (null or Standing.Removed) && Gossip.Reaches(self, from) && m.Gossip.Of(self) is not null:
                var merged = Gossip.Merge(m.Gossip, self);
                var isNews = merged.Seen.Count > m.Gossip.Seen.Count || !ReferenceEquals(merged.Nodes, m.Gossip.Nodes);
                Take(merged);
                if (isNews && merged.Seen.Count < merged.Nodes.Count)
                {
                    // The other may not know all of this yet.
                    send(from, new ClusterMessage.Tell(Gossip));
                }

                break;
            case ClusterMessage.Heartbeat { IsAnswer: false }:
                send(from, new ClusterMessage.Heartbeat(true));
                break;
            case ClusterMessage.Heartbeat:
                _heardAt[from] = time.Now;
                break;
            case ClusterMessage.Quarantined when Gossip.Of(from) is not null:
                IsOver = true;
                changed();
                break;
        }
    }

    /// <summary>Every <see cref="GossipEvery"/>.</summary>
    public void Tick()
    {
        if (!IsJoined)
        {
            return;
        }

        if (time.Now - _beatAt >= HeartbeatEvery)
        {
            Beat();
        }

        Observe();
        Lead();
        var peers = Gossip.Members.Where(n => n != self && Gossip.Reaches(self, n)).ToList();
        if (peers.Count > 0)
        {
            var late = peers.FindAll(n => !Gossip.Seen.Contains(n));
            send(dice.Of(late.Count > 0 && dice.Permille(800) ? late : peers), new ClusterMessage.Tell(Gossip));
        }
    }

    /// <summary>The node says goodbye.</summary>
    public void Leave()
    {
        if (Gossip.Of(self) is < Standing.Leaving)
        {
            Take(Gossip.With(self, Standing.Leaving, self));
        }
    }

    /// <summary>Takes a node out, whatever others think of it, and speaks to that incarnation no more.</summary>
    public void TakeOut(NodeId node)
    {
        if (Gossip.Of(node) is null or Standing.Removed)
        {
            return;
        }

        if (node == self)
        {
            IsOver = true;
            changed();
            return;
        }

        var isNew = _quarantined.Add(node);
        var gossip = Gossip.Of(node) < Standing.Down ? Gossip.With(node, Standing.Down, self) : Gossip;
        if (isNew || Gossip.Reaches(self, node))
        {
            gossip = gossip.Observe(self, Unreached().Add(node));
        }

        Take(gossip);
    }

    private ImmutableHashSet<NodeId> Unreached() => Gossip.Observations.GetValueOrDefault(self)?.Unreachable ?? [];

    private void OnJoin(NodeId from)
    {
        if (!IsUp || Gossip.Of(from) is Standing.Down or Standing.Removed)
        {
            return;
        }

        var former = Gossip.Members.Where(n => n.Address == from.Address && n != from).ToList();
        foreach (var old in former)
        {
            // Another incarnation at this address: the old one has to go first, and the new one asks again.
            if (Gossip.Of(old) < Standing.Down)
            {
                Take(Gossip.With(old, Standing.Down, self));
            }
        }

        if (former.Count > 0)
        {
            return;
        }

        if (Gossip.Of(from) is null)
        {
            Take(Gossip.With(from, Standing.Joining, self));
        }

        send(from, new ClusterMessage.Welcome(Gossip));
    }

    private void Beat()
    {
        _beatAt = time.Now;
        foreach (var node in Gossip.Members)
        {
            if (node != self)
            {
                _heardAt.TryAdd(node, time.Now);
                send(node, new ClusterMessage.Heartbeat(false));
            }
        }
    }

    private void Observe()
    {
        var unreachable = Unreached();
        var now = Gossip.Members.Where(node => node != self && _heardAt.TryGetValue(node, out var at)
            ? time.Now - at >= UnreachableAfter || _quarantined.Contains(node)
            : unreachable.Contains(node)).ToImmutableHashSet();
        if (!now.SetEquals(unreachable))
        {
            Take(Gossip.Observe(self, now));
        }
    }

    private void Lead()
    {
        if (Leader() != self || !Gossip.IsConverged(self))
        {
            return;
        }

        var gossip = Gossip;
        foreach (var (node, (standing, _)) in gossip.Nodes)
        {
            Standing? next = standing switch
            {
                Standing.Joining => Standing.Up,
                Standing.Leaving => Standing.Exiting,
                Standing.Exiting => Standing.Removed,
                Standing.Down when gossip.IsUnreachable(node) => Standing.Removed,
                _ => null,
            };
            if (next is { } to)
            {
                gossip = gossip.With(node, to, self);
            }
        }

        Take(gossip);
    }

    /// <summary>The lowest that can be reached; of those who are up, where there is any.</summary>
    private NodeId? Leader()
    {
        NodeId? leader = null;
        var leads = false;
        foreach (var (node, (standing, _)) in Gossip.Nodes)
        {
            if (standing == Standing.Removed || (node != self && Gossip.IsUnreachable(node)))
            {
                continue;
            }

            var isUp = standing is Standing.Up or Standing.Leaving;
            if (leader is null || (isUp && !leads))
            {
                (leader, leads) = (node, isUp);
            }
        }

        return leader;
    }

    private void Take(Gossip gossip)
    {
        if (ReferenceEquals(gossip, Gossip))
        {
            return;
        }

        var before = Gossip;
        Gossip = gossip;
        foreach (var (node, (standing, _)) in gossip.Nodes)
        {
            if (standing == Standing.Removed && before.Of(node) is Standing.Down)
            {
                _quarantined.Add(node);
            }

            if (standing == Standing.Removed && before.Of(node) is Standing.Exiting)
            {
                LeftProperly.Add(node);
            }
        }

        IsOver |= gossip.Of(self) is Standing.Down;
        if (!ReferenceEquals(before.Nodes, gossip.Nodes) || !ReferenceEquals(before.Observations, gossip.Observations))
        {
            changed();
        }
    }
}
