using System.Buffers.Binary;

namespace Norris.Actors.Transport;

/// <summary>
/// Walks over the fields of one Protobuf message in place: no allocation, no recursion, no exception. Stricter than Protobuf: a field that is no list
/// comes once, since a second one would win over the first in whoever reads after us.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;

    /// <summary>No message that is read here has a field beyond this.</summary>
    private const int LastField = 63;

    private ReadOnlySpan<byte> _rest = message;
    private ulong _seen;

    /// <summary>The number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>Its value, where it is a string, bytes or a message; otherwise empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value, where it is a number; otherwise 0.</summary>
    public ulong Number { get; private set; }

    /// <summary>Whether its value is a string, bytes or a message.</summary>
    public bool IsBytes { get; private set; }

    /// <summary>The rest cannot be read: this is no message.</summary>
    public bool IsBroken { get; private set; }

    /// <param name="lists">The fields that may come more than once, a bit each.</param>
    public bool Next(ulong lists = 0)
    {
        if (_rest.IsEmpty || IsBroken)
        {
            return false;
        }

        Bytes = default;
        Number = 0;
        IsBytes = false;
        if (!Varint(out var key) || key >> 3 is 0 or > LastField)
        {
            return Break();
        }

        Field = (int)(key >> 3);
        var bit = 1UL << Field;
        if ((_seen & bit & ~lists) != 0)
        {
            return Break();
        }

        _seen |= bit;
        switch ((int)(key & 7))
        {
            case VarintType:
                return Varint(out var number) ? Take(number) : Break();
            case Fixed64Type when _rest.Length >= sizeof(ulong):
                Number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[sizeof(ulong)..];
                return true;
            case Fixed32Type when _rest.Length >= sizeof(uint):
                Number = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[sizeof(uint)..];
                return true;
            case BytesType when Varint(out var length) && length <= (ulong)_rest.Length:
                Bytes = _rest[..(int)length];
                IsBytes = true;
                _rest = _rest[(int)length..];
                return true;
            default:
                return Break();
        }
    }

    private bool Take(ulong number)
    {
        Number = number;
        return true;
    }

    private bool Break()
    {
        IsBroken = true;
        return false;
    }

    private bool Varint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
