using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>A door did not give what was asked for; the message is one line: why, and what to do.</summary>
/// <param name="message">Why.</param>
internal sealed class DoorException(string message) : Exception(message)
{
    /// <summary>Where that is why, and proven: that the device that asks is out.</summary>
    public Expulsion? PutOut { get; init; }

    /// <summary>Then the circle with that in it.</summary>
    public Circle? Circle { get; init; }
}
