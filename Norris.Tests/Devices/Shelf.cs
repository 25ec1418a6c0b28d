using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Devices;

/// <summary>Devices by names, in a folder of their own. Disposed, it is gone.</summary>
internal sealed class Shelf : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("norris-devices-").FullName;
    private readonly Dictionary<string, Device> _devices = [];
    private readonly Dictionary<string, Admission> _admitted = [];

    public Device this[string name] => _devices.TryGetValue(name, out var device) ? device : _devices[name] = Device.Open(PathOf(name));

    public string PathOf(string name) => Path.Combine(_folder, $"{name}.pem");

    public DeviceId[] Ids(params IEnumerable<string> names) => [.. names.Select(name => this[name].Id)];

    /// <summary>What a device's node is given that knows others.</summary>
    public RoomSecurity Security(string own, params IEnumerable<string> known) => new(this[own], new KnownDevices(Ids(known)));

    /// <summary>The circle that a device founded and has let others into.</summary>
    public Circle Circle(string founder, params IEnumerable<string> others)
    {
        var by = this[founder];
        var founded = Norris.Core.Room.Circle.Found(Admission.Founding(by.PublicKey.Span, OwnerId.Nobody, founder, 1, by.Sign), DeviceSignature.IsBy);
        return others.Aggregate(founded, (circle, name) => _admitted.TryGetValue(name, out var record) ? circle.With(record)
            : circle.With(_admitted[name] = Admission.Of(circle.Id, this[name].PublicKey.Span, OwnerId.Nobody, name, by.Id, 2, by.Sign)));
    }

    public void Dispose()
    {
        foreach (var device in _devices.Values)
        {
            device.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
