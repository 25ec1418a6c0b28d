using System.Text;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>
/// Who is at the other end of a connection: the address and incarnation of its handshake, in the forms in which messages of all kinds name their senders.
/// </summary>
internal sealed class Origin
{
    private const string AkkaPrefix = "akka.";

    private readonly byte[] _system;
    private readonly byte[] _host;
    private readonly byte[] _protocol;
    private readonly byte[] _address;
    private readonly byte[]? _device;

    public Origin(string protocol, string system, string host, int port, int uid, DeviceId? device = null)
    {
        (System, Host, Port, Uid, Device, _device) = (system, host, port, uid, device, device?.ToBytes());
        Address = $"{AkkaPrefix}{protocol}://{system}@{host}:{port}";
        _protocol = Encoding.UTF8.GetBytes(AkkaPrefix + protocol);
        _system = Encoding.UTF8.GetBytes(system);
        _host = Encoding.UTF8.GetBytes(host);
        _address = Encoding.UTF8.GetBytes(Address);
    }

    public string System { get; }

    /// <summary>An IPv6 address is in brackets.</summary>
    public string Host { get; }

    public int Port { get; }

    /// <summary>The number that its cluster drew at its start.</summary>
    public int Uid { get; }

    /// <summary>The device that the connection has proven it to be; null: the room is not encrypted, and none has.</summary>
    public DeviceId? Device { get; }

    /// <summary>As in <c>akka.tcp://norris@192.168.1.7:4053</c>.</summary>
    public string Address { get; }

    public override string ToString() => Address;

    /// <summary>Whether these bytes are its address.</summary>
    public bool Is(ReadOnlySpan<byte> address) => address.SequenceEqual(_address);

    /// <summary>Whether these bytes are the id of the device that it has proven to be.</summary>
    public bool IsDevice(ReadOnlySpan<byte> id) => _device is not null && id.SequenceEqual(_device);

    /// <summary>Whether this is the path of an actor of its own.</summary>
    public bool Owns(ReadOnlySpan<byte> path) => path.Length > _address.Length && path[_address.Length] == '/' && path.StartsWith(_address);

    /// <summary>Whether this is its address as Akka's AddressData.</summary>
    public bool IsAddressData(ReadOnlySpan<byte> data)
    {
        var address = new ProtoReader(data);
        var right = 0;
        while (address.Next())
        {
            right += address.Field switch
            {
                1 => address.Bytes.SequenceEqual(_system),
                2 => address.Bytes.SequenceEqual(_host),
                3 => address.Number == (ulong)Port,
                4 => address.Bytes.SequenceEqual(_protocol),
                _ => false,
            }
                ? 1
                : 0;
        }

        return right == 4 && !address.IsBroken;
    }

    /// <summary>Whether this is its address and incarnation as the cluster's UniqueAddress.</summary>
    public bool IsUniqueAddress(ReadOnlySpan<byte> data)
    {
        var unique = new ProtoReader(data);
        var isAddress = false;
        var uid = 0;
        while (unique.Next())
        {
            switch (unique.Field)
            {
                case 1:
                    isAddress = IsAddressData(unique.Bytes);
                    break;
                case 2:
                    uid = (int)unique.Number;
                    break;
                default:
                    return false;
            }
        }

        return isAddress && uid == Uid && !unique.IsBroken;
    }
}
