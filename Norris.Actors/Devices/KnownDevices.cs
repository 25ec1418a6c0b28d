using System.Collections.Concurrent;
using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>
/// The devices that may connect with this node. It may change at any time: who is added may connect at once, and who is removed has its connections closed
/// at once. Any thread may call.
/// </summary>
/// <param name="devices">Those to begin with; this node's own among them, where others of its nodes use the same.</param>
public sealed class KnownDevices(params IEnumerable<DeviceId> devices)
{
    private readonly ConcurrentDictionary<DeviceId, byte> _known = new(devices.Distinct().Select(device => KeyValuePair.Create(device, default(byte))));

    /// <summary>Called with each that is removed, when it is known no longer.</summary>
    internal event Action<DeviceId>? Removed;

    /// <summary>Whether a device may connect.</summary>
    public bool Contains(DeviceId device) => _known.ContainsKey(device);

    /// <summary>From now on it may. False: it might before.</summary>
    public bool Add(DeviceId device) => _known.TryAdd(device, default);

    /// <summary>From now on it may not. False: it might not before.</summary>
    public bool Remove(DeviceId device)
    {
        if (!_known.TryRemove(device, out var _))
        {
            return false;
        }

        Removed?.Invoke(device);
        return true;
    }
}
