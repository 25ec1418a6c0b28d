using System.IO.Hashing;
using System.Text;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>
/// An installation. Its signatures cost next to nothing: whoever knows a key could make them, and in the simulator nobody does but the device itself.
/// </summary>
public sealed class SimulatedDevice
{
    private readonly byte[] _key = new byte[Admission.KeyLength];

    public SimulatedDevice(string name)
    {
        Encoding.UTF8.GetBytes(name).CopyTo(_key, 0);
        Id = DeviceId.Of(_key);
    }

    public DeviceId Id { get; }

    public ReadOnlyMemory<byte> Key => _key;

    public ReadOnlyMemory<byte> Sign(ReadOnlyMemory<byte> what) => SignatureOf(_key, what.Span);

    public static bool IsSigned(ReadOnlySpan<byte> key, ReadOnlySpan<byte> what, ReadOnlySpan<byte> signature) => signature.SequenceEqual(SignatureOf(key, what));

    private static byte[] SignatureOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> what)
    {
        var signature = new byte[CircleRecord.SignatureLength];
        BitConverter.TryWriteBytes(signature, XxHash3.HashToUInt64(what, (long)XxHash3.HashToUInt64(key)));
        return signature;
    }
}
