using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>The room behind a door. Any thread may call.</summary>
internal interface IDoorRoom
{
    /// <summary>Who is in, as delivered here; null: this node is in no room just now.</summary>
    RoomCircle? Circle { get; }

    /// <summary>Where its nodes are, as in <c>192.168.1.7:4053</c>.</summary>
    IReadOnlyList<string> Addresses { get; }

    /// <summary>The stamp of the last entry delivered, in Unix milliseconds.</summary>
    long LastStamp { get; }

    /// <summary>Asks that the order gives this a place. Null: it has; else why it cannot, in a line.</summary>
    /// <exception cref="OperationCanceledException">It was not known in time.</exception>
    Task<string?> Submit(CircleEntry entry, CancellationToken cancel);
}
