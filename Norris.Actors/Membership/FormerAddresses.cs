using Akka.Actor;
using Akka.Cluster;
using Norris.Actors.Transport;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>
/// The addresses of those who are out of the cluster, or have left it. Whoever listens there now may be in the room, which has gone on: it is asked before
/// this node goes on without a majority. An address that refuses has answered; one that is silent has its time.
/// </summary>
internal sealed class FormerAddresses
{
    /// <summary>How many who have asked are asked back.</summary>
    private const int AskersKept = 16;

    private readonly LinkedList<Address> _out = [];
    private readonly LinkedList<Address> _left = [];
    private readonly HashSet<Address> _askers = [];
    private readonly HashSet<Address> _unanswered = [];
    private long _seenAt;

    /// <summary>When the present look began; null: none is under way.</summary>
    public long? Began { get; private set; }

    /// <summary>Whether it is looked whether this node is left behind; else, whether others go on beside it (<see cref="Rivalry"/>).</summary>
    public bool IsInDoubt { get; private set; }

    public IReadOnlyCollection<Address> Unanswered => _unanswered;

    /// <summary>
    /// Whether anybody listens there. In a room for certain devices its door is asked as well: who came while this node was away, and may know that the room has gone on, is a stranger to it until then.
    /// </summary>
    public static async Task<Port.Answer> Try(Address address, NodeContext node)
    {
        var answer = await Port.Try(address).ConfigureAwait(false);
        if (answer == Port.Answer.Accepted && node.Security is { Circle: not null } security && await DoorCaller.Learn(security, address.Host!, address.Port!.Value).ConfigureAwait(false) is { } whyOut)
        {
            node.Publish(new PutOut(whyOut));
        }

        return answer;
    }

    /// <summary>Who was put out while it stood still is told nothing by those who do not talk to it any more: at a door it is.</summary>
    public static void AskDoors(IEnumerable<UniqueAddress> unreachable, NodeContext node)
    {
        foreach (var member in node.Security is null ? [] : unreachable)
        {
            _ = Try(member.Address, node);
        }
    }

    /// <summary>Who was here is out, or has left. Visitors come and go: of all addresses, theirs are forgotten first.</summary>
    public void Add(Address address, bool hasLeft)
    {
        var wasOut = _out.Remove(address);
        _left.Remove(address);
        (hasLeft && !wasOut ? _left : _out).AddLast(address);
        if (_out.Count + _left.Count > Limits.Nodes)
        {
            (_left.Count > 0 ? _left : _out).RemoveFirst();
        }
    }

    /// <summary>Who is not in the cluster has asked who is here. It may be in the room: it is asked back by the next look for others who go on.</summary>
    public void AskedBy(Address address)
    {
        if (_askers.Count < AskersKept)
        {
            _askers.Add(address);
        }
    }

    /// <summary>A look begins at all of them, and of those known before, but where somebody of this cluster is.</summary>
    public void Begin(long now, bool isInDoubt, IReadOnlySet<Address> members, IReadOnlyCollection<Address> before)
    {
        (Began, IsInDoubt, _seenAt) = (now, isInDoubt, now);
        _unanswered.Clear();
        _unanswered.UnionWith(_out.Concat(_left).Concat(before).Concat(isInDoubt ? [] : _askers).Where(a => !members.Contains(a)));
        if (!isInDoubt)
        {
            _askers.Clear();
        }
    }

    /// <summary>Whether an address is asked just now whether others go on there, too.</summary>
    public bool IsCompared(Address? address) => Began is not null && !IsInDoubt && address is not null && _unanswered.Contains(address);

    public void Answered(Address? address)
    {
        if (address is not null)
        {
            _unanswered.Remove(address);
        }
    }

    /// <summary>Whether the look is finished, and with it over.</summary>
    public bool IsFinished(long now)
    {
        if (now - _seenAt >= Ticks.StoodStill)
        {
            // This process stood still itself: answers may wait to be read.
            Began += now - _seenAt;
        }

        _seenAt = now;
        if (Began is not { } began || (_unanswered.Count > 0 && now - began < Limits.LookLasts))
        {
            return false;
        }

        _unanswered.Clear();
        Began = null;
        return true;
    }
}

/// <summary>On the event stream: this node's sequencer waits for a look at the addresses of those who are out.</summary>
internal sealed class LookAround
{
    public static readonly LookAround Instance = new();
}

/// <summary>On the event stream: such a look is over.</summary>
internal sealed class LookedAround
{
    public static readonly LookedAround Instance = new();
}
