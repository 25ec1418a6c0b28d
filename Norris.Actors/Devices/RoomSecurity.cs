using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>
/// A room of nodes that know each other's keys: every connection between them is encrypted (TLS 1.3), and both ends prove by their device's key who they are. Who they are, an application says
/// (<see cref="KnownDevices"/>), or a circle, which is part of the room's order.
/// </summary>
public sealed class RoomSecurity
{
    private readonly Lock _gate = new();
    private readonly Action<Circle>? _keep;
    private Circle? _circle;

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

    /// <param name="device">This node's own.</param>
    /// <param name="circle">The circle, as far as it is known here. A room that this node begins is for it.</param>
    /// <param name="keep">Called with each that is known from then on, so that it can be kept (<see cref="CircleStore"/>); on the thread of whoever has heard of it.</param>
    /// <exception cref="PlatformNotSupportedException">.NET has no TLS 1.3 for servers on this system.</exception>
    public RoomSecurity(Device device, Circle circle, Action<Circle>? keep = null)
        : this(device, new KnownDevices(circle.Devices.Select(d => d.Device))) => (_circle, _keep) = (circle, keep);

    /// <summary>This node's own.</summary>
    public Device Device { get; }

    /// <summary>Who may connect with it.</summary>
    public KnownDevices Known { get; }

    /// <summary>Where strangers are answered; null: nowhere.</summary>
    internal Door? Door { get; set; }

    /// <summary>The circle, as far as it is known now; null: there is none, and an application says who is known.</summary>
    public Circle? Circle => Volatile.Read(ref _circle);

    internal HomeCircle? Home => Circle is { } circle ? new(Device.Id, circle) : null;

    /// <summary>
    /// More is known of the circle. Who is in may connect at once. Who was put out may go on for a moment, which the room has a rule for (<see cref="Partings"/>): not this, but that ends its connections.
    /// </summary>
    public void Learn(Circle more)
    {
        lock (_gate)
        {
            if (_circle is not { } circle || circle.Id != more.Id || circle.Merge(more) is var all && all.Count == circle.Count)
            {
                return;
            }

            _circle = all;
            foreach (var device in all.Devices)
            {
                Known.Add(device.Device);
            }

            // One after the other, so that the file has the last.
            _keep?.Invoke(all);
        }
    }
}
