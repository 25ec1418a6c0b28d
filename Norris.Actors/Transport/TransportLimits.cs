namespace Norris.Actors.Transport;

/// <summary>Bounds on connections, and on what a frame may hold before any of it is taken apart. Those of Norris's own messages are in WireLimits.</summary>
internal static class TransportLimits
{
    /// <summary>How long a connection that this node opens may take to be accepted, in ms. The next attempt follows soon: it finds a healed network sooner than this one would.</summary>
    public const int ConnectMs = 2000;

    /// <summary>How long whoever connects may take to say and prove who it is, in ms: a node takes a few, and seconds on a machine that has far too much to do.</summary>
    public const int HandshakeMs = 10_000;

    /// <summary>How long a frame may take from its first byte to its last, in ms.</summary>
    public const int FrameMs = 15_000;

    /// <summary>How long the last bytes of a connection that is being closed may take, in ms.</summary>
    public const int ClosingMs = 1000;

    /// <summary>The largest frame of a handshake, in bytes.</summary>
    public const int HandshakeFrameBytes = 1024;

    /// <summary>How many connections may be in their handshake. For one more, the oldest goes: a node is through in a few milliseconds.</summary>
    public const int StrangersAtOnce = 256;

    /// <summary>The same, of one remote address.</summary>
    public const int StrangersFromOneAddress = 128;

    /// <summary>How many names of theirs are looked up at a time: each takes a thread for as long as its name server takes.</summary>
    public const int NamesAtOnce = 2;

    /// <summary>How many proven connections of nodes that are no members (yet) there may be. For one more, the oldest goes. Members do not count.</summary>
    public const int GuestsAtOnce = 64;

    /// <summary>The largest frame of a node that is no member, in bytes: it may be the cluster's welcome to this one.</summary>
    public const int GuestFrameBytes = ClusterBytes + (8 * 1024);

    /// <summary>How many frames a second such a node may send, each of its 4 KiB counting as one more. What comes beyond that is read later.</summary>
    public const int GuestFramesPerSecond = 200;

    /// <summary>The same, of all such nodes together: the more there are, the less each may send. To join takes a dozen.</summary>
    public const int AllGuestsFramesPerSecond = 1000;

    /// <summary>What may wait to be written to such a node, in bytes: the cluster's welcome, and some answers. Who asks and does not read has its connection closed.</summary>
    public const int GuestUnsentBytes = GuestFrameBytes + (64 * 1024);

    /// <summary>What may wait to be written to one node, in bytes; beyond it the connection is closed. Twice what a log retains: who is further behind starts anew.</summary>
    public const int UnsentBytes = 64 * 1024 * 1024;

    /// <summary>The longest path of an actor, in bytes.</summary>
    public const int PathBytes = 1024;

    /// <summary>The longest manifest, in bytes.</summary>
    public const int ManifestBytes = 128;

    /// <summary>The largest message of the cluster itself, or of pub-sub's registry, in bytes: gossip about a full room.</summary>
    public const int ClusterBytes = 256 * 1024;

    /// <summary>The largest request to join the cluster, in bytes: an address and the names of roles. All that a full room's nodes say so has to fit into the gossip.</summary>
    public const int JoinBytes = 1024;

    /// <summary>The largest of all other messages of Akka's own, in bytes.</summary>
    public const int SmallMessageBytes = 4 * 1024;

    /// <summary>The largest list of what arrived of the numbered system messages, in bytes.</summary>
    public const int AckBytes = 16 * 1024;

    /// <summary>How many steps a selection of an actor may have.</summary>
    public const int SelectionSteps = 8;

    /// <summary>How many callers a circle's door answers at a time.</summary>
    public const int DoorCallersAtOnce = 16;

    /// <summary>How long a question at a door, and its answer, may take, in ms.</summary>
    public const int DoorMs = 5000;

    /// <summary>The longest word of a caller at a door, in bytes.</summary>
    public const int DoorBytes = 4 * 1024;

    /// <summary>The longest answer of a door, in bytes: a full circle, and where its nodes are.</summary>
    public const int DoorAnswerBytes = 1024 * 1024;

    /// <summary>How many wrong invites a minute a door looks at.</summary>
    public const int DoorWrongProofs = 10;

    /// <summary>How often a second the same complaint is logged; the rest is counted.</summary>
    public const int ComplaintsPerSecond = 3;
}
