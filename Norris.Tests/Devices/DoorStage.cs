using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor.Setup;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Norris.Actors.Devices;
using Norris.Actors.Devices.Proto;
using Norris.Actors.Transport;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Devices;

/// <summary>Ann has founded a circle and let bob in; her node has a door, and knows bob's. Nobody else's device is in yet.</summary>
internal sealed class DoorStage : IDisposable
{
    private readonly Shelf _shelf = new();

    public DoorStage()
    {
        var ann = _shelf["ann"];
        var founded = Circle.Found(Admission.Founding(ann.PublicKey.Span, default, "ann", Now, ann.Sign), DeviceSignature.IsBy);
        Circle = founded.With(Admits(founded, "ann", "bob"));
        Room = new FakeRoom(Circle, Time);
        Security = new RoomSecurity(ann, new KnownDevices(_shelf.Ids("ann", "bob"))) { Door = new Door(ann, Room, Time) };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 25, 14, 3, 0, TimeSpan.Zero));

    public Circle Circle { get; }

    public FakeRoom Room { get; }

    public RoomSecurity Security { get; }

    /// <summary>Of an invite, once it is made.</summary>
    public InviteCode Code { get; } = CodeOf(1);

    private long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public Device this[string name] => _shelf[name];

    /// <summary>Those of small numbers have one name.</summary>
    public static InviteCode CodeOf(byte last) => InviteCode.Of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, last]);

    public void Dispose() => _shelf.Dispose();

    public Tls TlsOf(string name, params string[] known) => new(_shelf.Security(name, known));

    public Admission Admits(Circle circle, string by, string device) =>
        Admission.Of(circle.Id, _shelf[device].PublicKey.Span, default, device, _shelf[by].Id, Now, _shelf[by].Sign);

    public Expulsion Expels(string by, string device, string? signs = null) => Expulsion.Of(Circle.Id, _shelf[device].Id, _shelf[by].Id, Now, _shelf[signs ?? by].Sign);

    public void Invites(int uses = 1, string name = "") =>
        Assert.Null(Room.Say(new InviteMade(new Invite(Code.Id, Code.Key, _shelf["ann"].Id, Now + 3_600_000, uses, name, default))));

    /// <summary>Goes to a door and says nothing yet.</summary>
    public async Task<Stream> At(int port, string name)
    {
        var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(IPAddress.Loopback, port);
        return (await Tls.CallDoor(client.GetStream(), _shelf[name], _ => true, CancellationToken.None)).Stream;
    }

    /// <summary>Listens as the door of a device, and does with its one caller what it likes.</summary>
    public (int Port, Task<T> Done) Listens<T>(string name, Func<SslStream, Task<T>> serve)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (((IPEndPoint)listener.LocalEndpoint).Port, Serve());

        async Task<T> Serve()
        {
            using (listener)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ApplicationProtocols = [new("norris-door/1")],
                    ServerCertificate = _shelf[name].Certificate,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                });
                return await serve(stream);
            }
        }
    }

    public ActorSystemSetup Setup(Akka.Configuration.Config config) => ActorSystemSetup.Create(Akka.Actor.BootstrapSetup.Create().WithConfig(config), new SecuritySetup(Security));

    public static Task Say(Stream door, IMessage message) => DoorMessages.Write(door, message, CancellationToken.None);

    public static Task<DoorAnswer> Hear(Stream door) => DoorMessages.Read(door, DoorAnswer.Parser, DoorLimits.AnswerBytes, CancellationToken.None);

    /// <summary>Asks to be let in, with any nonce.</summary>
    public static async Task<DoorAnswer> Asks(Stream door, InviteCode code)
    {
        await Say(door, new DoorQuestion { Redeem = new() { Invite = code.Id.Value, Nonce = ByteString.CopyFrom(new byte[DoorMessages.NonceLength]) } });
        return await Hear(door);
    }

    /// <summary>All that comes until the other end closes.</summary>
    public static async Task<byte[]> Rest(Stream stream)
    {
        using var heard = new MemoryStream();
        try
        {
            await stream.CopyToAsync(heard);
        }
        catch (IOException)
        {
        }

        return heard.ToArray();
    }
}
