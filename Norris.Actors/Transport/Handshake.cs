using System.Text;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>
/// How whoever connects proves that it is at the address that it gives. It says under what number it calls (hello), then what Akka says at the beginning
/// of an association. The called node connects to the address given there, says that number, a secret and its own address (call back), and closes. Who has
/// made the call says the secret on the connection in question (answer), if that is whom it has called: only the process that listens at the address can
/// know it. A stranger can give any address, and prove its own only. Without the address in the call back: B calls stranger M; M says B's number and B's address
/// to A; A calls B back; and B says A's secret to M, which is B for A from then on.
/// </summary>
internal static class Handshake
{
    private const int GuidBytes = 16;

    /// <summary>No frame of Akka's begins with one of these.</summary>
    private const byte HelloKind = 0xf1;
    private const byte CallBackKind = 0xf2;
    private const byte AnswerKind = 0xf3;

    /// <summary>Of these three frames.</summary>
    private const byte Version = 2;

    /// <summary>Akka's word for 'this association ends', for who expects an answer of Akka's.</summary>
    public static readonly byte[] Disassociate = [0x12, 0x02, 0x08, 0x02];

    /// <summary>Akka's word for 'this node shuts down'.</summary>
    public static readonly byte[] ShutsDown = [0x12, 0x02, 0x08, 0x04];

    private const int LongestHost = 255;
    private const int LongestName = 64;

    /// <summary>With its colon.</summary>
    private const int LongestPort = 6;

    /// <summary>Something that nobody guesses.</summary>
    public static Guid Draw()
    {
#pragma warning disable RS0030 // The operating system's own source of secrets, without the cryptographic library that a node would load for it. No machine sees it.
        return Guid.NewGuid();
#pragma warning restore RS0030
    }

    public static byte[] Hello(Guid call) => [HelloKind, Version, .. call.ToByteArray()];

    /// <param name="call">The number of the call.</param>
    /// <param name="secret">What its maker has to say.</param>
    /// <param name="host">Who calls back, as others call it.</param>
    /// <param name="port">Its port.</param>
    public static byte[] CallBack(Guid call, Guid secret, string host, int port) =>
        [CallBackKind, Version, .. call.ToByteArray(), .. secret.ToByteArray(), .. Encoding.ASCII.GetBytes($"{host}:{port}")];

    public static byte[] Answer(Guid secret) => [AnswerKind, Version, .. secret.ToByteArray()];

    public static bool IsHello(ReadOnlySpan<byte> frame, out Guid call) => Read(frame, HelloKind, out call, out var rest) && rest.IsEmpty;

    public static bool IsAnswer(ReadOnlySpan<byte> frame, Guid secret) => Read(frame, AnswerKind, out var said, out var rest) && rest.IsEmpty && said == secret;

    /// <summary>Whether somebody calls back, under which number, and what it says.</summary>
    public static bool IsCallBack(ReadOnlySpan<byte> frame, out Guid call, out CallingBack back)
    {
        back = default;
        if (!Read(frame, CallBackKind, out call, out var rest) || rest.Length <= GuidBytes || !IsName(rest[GuidBytes..], LongestHost + LongestPort))
        {
            return false;
        }

        back = new CallingBack(new Guid(rest[..GuidBytes]), Encoding.ASCII.GetString(rest[GuidBytes..]));
        return true;
    }

    /// <summary>Who speaks in Akka's Associate; null where this is none, or says what no address can be.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="device">The device at the other end, where one has proven to be there.</param>
    public static Origin? Associate(ReadOnlySpan<byte> frame, DeviceId? device = null)
    {
        var pdu = new ProtoReader(frame);
        if (!pdu.Next() || pdu.Field != 2 || !pdu.IsBytes)
        {
            return null;
        }

        var isAssociate = false;
        var info = ReadOnlySpan<byte>.Empty;
        var instruction = new ProtoReader(pdu.Bytes);
        while (instruction.Next())
        {
            isAssociate |= instruction is { Field: 1, Number: 1 };
            info = instruction.Field == 2 ? instruction.Bytes : info;
        }

        var address = ReadOnlySpan<byte>.Empty;
        var uid = 0;
        var handshake = new ProtoReader(info);
        while (handshake.Next())
        {
            address = handshake.Field == 1 ? handshake.Bytes : address;
            uid = handshake.Field == 2 ? (int)handshake.Number : uid;
        }

        return isAssociate && !pdu.Next() && !pdu.IsBroken && !instruction.IsBroken && !handshake.IsBroken ? Address(address, uid, device) : null;
    }

    /// <summary>Whether this is one of Akka's instructions to end an association, or its sign of life.</summary>
    public static bool IsOtherInstruction(ReadOnlySpan<byte> frame)
    {
        var pdu = new ProtoReader(frame);
        if (!pdu.Next() || pdu.Field != 2)
        {
            return false;
        }

        var instruction = new ProtoReader(pdu.Bytes);
        return instruction.Next() && instruction is { Field: 1, Number: >= 2 and <= 5 } && !instruction.Next() && !pdu.Next() && !pdu.IsBroken && !instruction.IsBroken;
    }

    private static Origin? Address(ReadOnlySpan<byte> data, int uid, DeviceId? device)
    {
        var system = ReadOnlySpan<byte>.Empty;
        var host = ReadOnlySpan<byte>.Empty;
        var protocol = ReadOnlySpan<byte>.Empty;
        var port = 0UL;
        var address = new ProtoReader(data);
        while (address.Next())
        {
            switch (address.Field)
            {
                case 1:
                    system = address.Bytes;
                    break;
                case 2:
                    host = address.Bytes;
                    break;
                case 3:
                    port = address.Number;
                    break;
                case 4:
                    protocol = address.Bytes;
                    break;
            }
        }

        return !address.IsBroken && port is > 0 and <= ushort.MaxValue && IsName(system, LongestName) && IsName(host, LongestHost) && IsName(protocol, LongestName)
            ? new Origin(Encoding.ASCII.GetString(protocol), Encoding.ASCII.GetString(system), Encoding.ASCII.GetString(host), (int)port, uid, device)
            : null;
    }

    /// <summary>Letters, digits, and what else addresses are made of.</summary>
    private static bool IsName(ReadOnlySpan<byte> text, int longest)
    {
        if (text.IsEmpty || text.Length > longest)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && !"-._:[]%"u8.Contains(c))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Read(ReadOnlySpan<byte> frame, byte kind, out Guid first, out ReadOnlySpan<byte> rest)
    {
        first = default;
        rest = default;
        if (frame.Length < 2 + GuidBytes || frame[0] != kind || frame[1] != Version)
        {
            return false;
        }

        first = new Guid(frame.Slice(2, GuidBytes));
        rest = frame[(2 + GuidBytes)..];
        return true;
    }

    /// <param name="Secret">What to answer.</param>
    /// <param name="By">Who it says that it is, as in <c>192.168.1.7:4053</c>.</param>
    public readonly record struct CallingBack(Guid Secret, string By);
}
