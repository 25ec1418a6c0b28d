namespace Norris.Actors.Devices;

/// <summary>
/// A room of nodes that know each other's keys: every connection between them is encrypted (TLS 1.3), and both ends prove by their device's key who they are.
/// </summary>
public sealed class RoomSecurity
{
    /// <param name="device">This node's own.</param>
    /// <param name="known">Who may connect with it.</param>
    /// <exception cref="PlatformNotSupportedException">.NET has no TLS 1.3 for servers on this system.</exception>
    public RoomSecurity(Device device, KnownDevices known)
    {
        if (OperatingSystem.IsMacOS())
        {
            throw new PlatformNotSupportedException(".NET has no TLS 1.3 for servers on macOS: a room with devices needs Linux or Windows");
        }

        (Device, Known) = (device, known);
    }

    /// <summary>This node's own.</summary>
    public Device Device { get; }

    /// <summary>Who may connect with it.</summary>
    public KnownDevices Known { get; }

    /// <summary>Where strangers are answered; null: nowhere.</summary>
    internal Door? Door { get; init; }
}
