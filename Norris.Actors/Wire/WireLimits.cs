using Norris.Actors.History;
using Norris.Core.Protocol;

namespace Norris.Actors.Wire;

/// <summary>Bounds on what comes in that only the wire knows of. Those of the protocol are in <see cref="Limits"/>.</summary>
internal static class WireLimits
{
    /// <summary>The largest frame of all: a page with a full room before it. hocon/wire.hocon lets Akka's frames be a little larger.</summary>
    public const int SnapshotFrameBytes = 4 * 1024 * 1024;

    /// <summary>A frame that holds records, or a list of members.</summary>
    public const int ListFrameBytes = 4 * Limits.PageBytes;

    /// <summary>A frame that holds one block of messages.</summary>
    public const int BlockFrameBytes = Limits.BlockBytes + SmallFrameBytes;

    /// <summary>A frame that holds a page of history: its entries, and its holes with their reasons.</summary>
    public const int HistoryFrameBytes = HistoryLimits.PageBytes + (HistoryLimits.Holes * ((3 * HistoryLimits.Why) + 32)) + SmallFrameBytes;

    /// <summary>All other frames.</summary>
    public const int SmallFrameBytes = 8 * 1024;

    /// <summary>The longest address of a node, in UTF-16 units: the longest host name there can be, and what goes round it.</summary>
    public const int AddressLength = 400;

    /// <summary>The longest wish for a name, in UTF-16 units as typed. Longer ones are never names; whoever asks finds that out before sending.</summary>
    public const int WantedLength = 256;

    /// <summary>The longest reason for a refusal, in UTF-16 units.</summary>
    public const int ReasonLength = 512;
}
