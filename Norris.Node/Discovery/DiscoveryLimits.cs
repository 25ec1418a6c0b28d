namespace Norris.Node.Discovery;

/// <summary>Bounds on what anybody in the network may have a node do that announces its room, or looks for one.</summary>
internal static class DiscoveryLimits
{
    /// <summary>The largest packet that is read, in bytes (RFC 6762, 17).</summary>
    public const int PacketBytes = 9000;

    /// <summary>How many questions and records of a packet are read.</summary>
    public const int RecordsPerPacket = 512;

    /// <summary>How long the announcement was not sent before it is sent again, in ms, whoever asks (RFC 6762, 6).</summary>
    public const int PauseMs = 1000;

    /// <summary>How long who looks for rooms waits for answers, in ms.</summary>
    public const int LookMs = 2000;

    /// <summary>How many places of one's own circle are remembered and tried.</summary>
    public const int OwnPlaces = 16;

    /// <summary>How many other places are remembered.</summary>
    public const int OtherPlaces = 8;

    /// <summary>On how many interfaces a room is announced, or looked for.</summary>
    public const int Interfaces = 16;
}
