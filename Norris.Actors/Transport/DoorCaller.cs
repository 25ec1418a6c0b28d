using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Google.Protobuf;
using Norris.Actors.Devices;
using Norris.Actors.Devices.Proto;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>Who belongs to a room, and where its nodes are (<c>192.168.1.7:4053</c>), as a door says.</summary>
internal sealed record AtDoor(Circle Circle, IReadOnlyList<string> Addresses);

/// <summary>Goes to the door of a node (<see cref="Door"/>), which may be anybody's: it believes what is proven.</summary>
/// <param name="own">The device that it is on.</param>
/// <param name="time">The time.</param>
internal sealed class DoorCaller(Device own, TimeProvider time)
{
    /// <summary>How long a door is waited for by whom it would only tell more.</summary>
    private static readonly TimeSpan LearnPatience = TimeSpan.FromSeconds(2);

    /// <summary>A device of a circle asks who else is in, and where.</summary>
    /// <param name="host">Where a node may be.</param>
    /// <param name="port">Its port.</param>
    /// <param name="circle">What the device knows of its circle. Who answers may have come since; then its answer bears the record of that.</param>
    /// <param name="cancel">Cancelled when nobody waits any more.</param>
    /// <returns>The circle with all that the door knows.</returns>
    /// <exception cref="DoorException">It does not say.</exception>
    public Task<AtDoor> List(string host, int port, Circle circle, CancellationToken cancel) => Ask(
        host,
        port,
        _ => true,
        async (stream, door, limit) =>
        {
            var answer = await Ask(stream, new DoorQuestion { List = new() }, limit).ConfigureAwait(false);
            var isGranted = answer.WhyNot.Length == 0;
            var shown = isGranted ? Granted(answer, circle.Id) : null;
            var believed = circle.Believing(DoorMessages.Records(answer));
            if (believed.ExpulsionOf(own.Id) is { } expulsion)
            {
                throw new DoorException($"{RoomCircle.Of(believed).WhyNotIn(own.Id)}: it comes in no more, and whoever has another device asks for an invite") { PutOut = expulsion, Circle = believed };
            }

            var device = DeviceId.Of(door);
            return shown is not null && believed.Contains(device) ? new AtDoor(shown.Merge(circle), DoorMessages.Addresses(answer))
                : isGranted ? throw new RefusedException("it answers as a device that is not one of yours: not connected") { Shown = device }
                : throw (answer.Records.Count > 0 ? new DoorException("it says that this device was put out, and does not prove it: ask another node") : No(answer));
        },
        cancel);

    /// <summary>A newcomer shows an invite.</summary>
    /// <param name="host">Where a node may be.</param>
    /// <param name="port">Its port.</param>
    /// <param name="code">The invite, which nobody hears who does not know it.</param>
    /// <param name="name">By which the newcomer wants to be known, where the invite says nothing else.</param>
    /// <param name="cancel">Cancelled when nobody waits any more.</param>
    /// <returns>The circle that this device is in now.</returns>
    /// <exception cref="DoorException">It does not let it in.</exception>
    public Task<AtDoor> Redeem(string host, int port, InviteCode code, string name, CancellationToken cancel) => Ask(
        host,
        port,
        _ => true,
        async (stream, door, limit) =>
        {
            var nonce = RandomNumberGenerator.GetBytes(DoorMessages.NonceLength);
            var first = await Ask(stream, new DoorQuestion { Redeem = new() { Invite = code.Id.Value, Nonce = ByteString.CopyFrom(nonce) } }, limit).ConfigureAwait(false);
            if (first.WhyNot.Length > 0)
            {
                throw No(first);
            }

            byte[] Proof(byte[] role) => DoorMessages.Proof(code.Key, role, door, own.PublicKey.Span, nonce, first.Challenge.Nonce.Span);
            if (first.Challenge is not { Nonce.Length: DoorMessages.NonceLength } challenge || !DoorMessages.IsProof(challenge.Proof.Span, Proof(DoorMessages.TheDoor)))
            {
                throw new DoorException("it does not know this invite: not connected; ask who sent it for the address, or for another one");
            }

            var answer = await Ask(stream, new DoorProof { Proof = ByteString.CopyFrom(Proof(DoorMessages.TheNewcomer)), Name = name }, limit).ConfigureAwait(false);
            var circle = Granted(answer, null);
            return circle.Contains(own.Id) ? new AtDoor(circle, DoorMessages.Addresses(answer)) : throw NoDoor();
        },
        cancel);

    /// <summary>Has a node of this device make an invite.</summary>
    /// <param name="host">Where the node listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="circle">What the device knows of its circle.</param>
    /// <param name="code">The invite, which the node does not hear.</param>
    /// <param name="name">Whom it is for; empty: anybody.</param>
    /// <param name="uses">How many devices may come in with it.</param>
    /// <param name="lasts">For how long.</param>
    /// <param name="cancel">Cancelled when nobody waits any more.</param>
    /// <exception cref="DoorException">It does not make it.</exception>
    public Task<AtDoor> Invite(string host, int port, Circle circle, InviteCode code, string name, int uses, TimeSpan lasts, CancellationToken cancel) => Order(
        host,
        port,
        circle,
        new DoorQuestion { Invite = new() { Invite = code.Id.Value, Key = ByteString.CopyFrom(code.Key.ToBytes()), Name = name, Uses = uses, LastsMs = (long)lasts.TotalMilliseconds } },
        cancel);

    /// <summary>Has a node of this device take an invite back.</summary>
    /// <exception cref="DoorException">It does not.</exception>
    public Task<AtDoor> TakeBack(string host, int port, Circle circle, InviteId invite, CancellationToken cancel) => Order(host, port, circle, new DoorQuestion { TakeBack = invite.Value }, cancel);

    private Task<AtDoor> Order(string host, int port, Circle circle, DoorQuestion order, CancellationToken cancel) => Ask(
        host,
        port,
        _ => true,
        async (stream, door, limit) =>
        {
            var device = DeviceId.Of(door);
            if (device != own.Id)
            {
                throw circle.Devices.FirstOrDefault(d => d.Device == device) is { } other
                    ? new DoorException($"a node of another device of the circle is there ({(other.Name.Length > 0 ? $"{other.Name}, " : "")}{device.Beginning}): name one of this device's")
                    : new RefusedException("it answers as a device that is not one of yours: not connected") { Shown = device };
            }

            var answer = await Ask(stream, order, limit).ConfigureAwait(false);
            return new AtDoor(Granted(answer, circle.Id), DoorMessages.Addresses(answer));
        },
        cancel);

    /// <summary>Has a device that knows its circle hear of more, where a door is. Gives why it was put out; null: it was not, as far as is known.</summary>
    public static async Task<string?> Learn(RoomSecurity security, string host, int port)
    {
        using var limit = new CancellationTokenSource(LearnPatience);
        try
        {
            await List(security, host, port, limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (DoorException e)
        {
            return e.PutOut is null ? null : e.Message;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Asks for a device that has a circle, which keeps what it hears: also that it was put out.</summary>
    /// <exception cref="DoorException">It is not told.</exception>
    public static async Task<AtDoor> List(RoomSecurity security, string host, int port, CancellationToken cancel)
    {
        try
        {
            var answer = await new DoorCaller(security.Device, TimeProvider.System).List(host, port, security.Circle!, cancel).ConfigureAwait(false);
            security.Learn(answer.Circle);
            return answer;
        }
        catch (DoorException e) when (e.Circle is { } circle)
        {
            security.Learn(circle);
            throw;
        }
    }

    /// <summary>Whether there is a door, whosever it is.</summary>
    public static async Task<bool> IsThere(string host, int port, CancellationToken cancel)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host, port, cancel).ConfigureAwait(false);
            return await Tls.HasDoor(new NetworkStream(socket), cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return false;
        }
    }

    private static DoorException NoDoor() => new("it does not speak as a door of this version of Norris does: check the address, and which version runs there");

    private static async Task<DoorAnswer> Ask(Stream stream, IMessage question, CancellationToken limit)
    {
        await DoorMessages.Write(stream, question, limit).ConfigureAwait(false);
        return await DoorMessages.Read(stream, DoorAnswer.Parser, DoorLimits.AnswerBytes, limit).ConfigureAwait(false);
    }

    private static DoorException No(DoorAnswer answer) => new($"refused: {DoorMessages.Line(answer.WhyNot)}");

    /// <summary>The circle that is said to be this device's.</summary>
    private static Circle Granted(DoorAnswer answer, CircleId? wanted)
    {
        if (answer.WhyNot.Length > 0)
        {
            throw No(answer);
        }

        try
        {
            var circle = Circle.Read(DoorMessages.Records(answer), DeviceSignature.IsBy);
            return wanted is { } id && circle.Id != id ? throw new DoorException("the room there is for another circle of devices") : circle;
        }
        catch (FormatException)
        {
            throw NoDoor();
        }
    }

    private async Task<AtDoor> Ask(string host, int port, Func<DeviceId, bool> isWanted, Func<Stream, byte[], CancellationToken, Task<AtDoor>> ask, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(DoorLimits.PatienceMs), time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            var (stream, key) = await Tls.CallDoor(new NetworkStream(socket), own, isWanted, limit.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                return await ask(stream, key, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            var why = e switch
            {
                DoorException => e.Message,
                RefusedException { Shown: { } shown } => $"{e.Message} (device {shown.Beginning}); check the address, or ask for an invite",
                RefusedException => $"{e.Message}; check the address, and what runs there",
                OperationCanceledException => string.Create(CultureInfo.InvariantCulture, $"no answer within {DoorLimits.PatienceMs / 1000} s: try again, or another node"),
                SocketException or ArgumentException => $"{e.Message}: check the address, and whether the node runs",
                IOException => "it has closed the connection: try again in a moment, or another node",
                InvalidDataException => NoDoor().Message,
                _ => null,
            };
            if (why is null)
            {
                throw;
            }

            throw new DoorException($"{host}:{port}: {why}") { PutOut = (e as DoorException)?.PutOut, Circle = (e as DoorException)?.Circle };
        }
    }
}
