using System.Net.Sockets;
using Google.Protobuf;
using Norris.Actors;
using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Core.Room;
using Norris.Tests.Devices;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>Newcomers at the doors of a room with a circle, and others who are none. Ann's device founded the circle, and let in bob's.</summary>
public sealed class CircleDoorSpec : ClusterSpec
{
    private const string Here = "127.0.0.1";

    private readonly Shelf _shelf = new();
    private readonly Dictionary<string, RoomSecurity> _security = [];

    public CircleDoorSpec(ITestOutputHelper output)
        : base(output)
    {
        var circle = _shelf.Circle("ann", "bob");
        _security["ann"] = new RoomSecurity(_shelf["ann"], circle);
        _security["bob"] = new RoomSecurity(_shelf["bob"], circle);
    }

    [Fact]
    public async Task Who_shows_an_invite_is_in_and_joins_and_the_next_one_is_told_who_has_used_it()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var code = await ann.Room.InviteAsync("dan", 1, TimeSpan.FromHours(1));
        await Knows(bob, code);

        var answer = await RoomDoor.RedeemAsync(_shelf["dan"], Here, bob.Address.Port!.Value, code);

        Assert.True(answer.Circle.Contains(_shelf["dan"].Id));
        Assert.Equal("dan", answer.Circle.AdmissionOf(_shelf["dan"].Id)!.Name);
        Assert.Equal(new[] { ann, bob }.Select(g => $"{Here}:{g.Address.Port}").Order(), answer.Addresses.Order());
        await Eventually(() => ann.Room.Status.Circle!.Circle.Contains(_shelf["dan"].Id), "ann knows that dan is in");
        Assert.Contains($"the invite {code.Id} was used by dan's device {_shelf["dan"].Id.Beginning}", await Refusal(RoomDoor.RedeemAsync(_shelf["eve"], Here, ann.Address.Port!.Value, code)), StringComparison.Ordinal);

        _security["dan"] = new RoomSecurity(_shelf["dan"], answer.Circle);
        await Join("dan");
        await EventuallyAgree();
    }

    [Fact]
    public async Task Who_belongs_together_is_told_to_who_does_and_who_was_put_out_is_told_that()
    {
        var ann = await Join("ann");
        await Join("bob");
        await ann.Room.AdmitAsync(_shelf["dan"].PublicKey, "dan", null);
        await ann.Room.PutOutAsync(_shelf["dan"].Id);
        var port = ann.Address.Port!.Value;

        var circle = _shelf.Circle("ann", "bob");
        var answer = await RoomDoor.ListAsync(new RoomSecurity(_shelf["bob"], circle), Here, port);

        Assert.NotNull(answer.Circle.ExpulsionOf(_shelf["dan"].Id));
        Assert.Contains($"dan's device {_shelf["dan"].Id.Beginning} was put out by ann's device", await Refusal(RoomDoor.ListAsync(new RoomSecurity(_shelf["dan"], circle), Here, port)), StringComparison.Ordinal);
        Assert.Equal(CircleDoor.IsNone, await Refusal(RoomDoor.ListAsync(new RoomSecurity(_shelf["eve"], circle), Here, port)));
        Assert.Contains("answers as a device that is not one of yours", await Refusal(RoomDoor.ListAsync(_shelf.Security("bob", "eve"), Here, port)), StringComparison.Ordinal);
        await EventuallyAgree();
    }

    [Fact]
    public async Task A_door_that_does_not_know_the_invite_is_told_nothing()
    {
        var ann = await Join("ann");
        var code = await ann.Room.InviteAsync("", 1, TimeSpan.FromHours(1));

        // The one that ann made is known there; of this one, only the beginning.
        var other = Enumerable.Range(0, 256).Select(n => SameBeginning(code, n)).First(c => c.Id == code.Id && c.Key != code.Key);

        Assert.Contains("does not know this invite: not connected", await Refusal(RoomDoor.RedeemAsync(_shelf["dan"], Here, ann.Address.Port!.Value, other)), StringComparison.Ordinal);
        Assert.Equal(InviteStanding.Open, ann.Room.Status.Circle!.Find(code.Id)!.Standing);
    }

    [Fact]
    public async Task Wrong_proofs_let_nobody_in_and_are_looked_at_a_few_times_a_minute()
    {
        var ann = await Join("ann");
        var code = await ann.Room.InviteAsync("", 1, TimeSpan.FromHours(1));
        for (var i = 0; i < TransportLimits.DoorWrongProofs; i++)
        {
            Assert.Equal(CircleDoor.IsWrong, await Guess(ann, code));
        }

        Assert.Contains("try again in a minute", await Guess(ann, code), StringComparison.Ordinal);
        Assert.Contains("try again in a minute", await Refusal(RoomDoor.RedeemAsync(_shelf["dan"], Here, ann.Address.Port!.Value, code)), StringComparison.Ordinal);
        Assert.False(ann.Room.Status.Circle!.Circle.Contains(_shelf["eve"].Id));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(TransportLimits.DoorBytes)]
    [InlineData(TransportLimits.DoorBytes + 1)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public async Task Rubbish_is_told_to_be_none_of_a_doors_questions(int length)
    {
        var ann = await Join("ann");
        var (client, stream) = await Knock(ann);
        using var connection = client;
        await stream.WriteAsync((byte[])[.. BitConverter.GetBytes(length), .. Enumerable.Repeat((byte)0xff, Math.Clamp(length, 0, TransportLimits.DoorBytes))]);

        Assert.Equal("that is no question for a door", (await DoorWords.Hear(stream, 1024, CancellationToken.None)).WhyNot);
    }

    [Fact]
    public async Task Who_says_nothing_keeps_nobody_out()
    {
        var ann = await Join("ann");
        var idle = new List<TcpClient>();
        for (var i = 0; i < TransportLimits.DoorCallersAtOnce; i++)
        {
            idle.Add((await Knock(ann)).Client);
        }

        // The next is told so at once; when the idle ones have had their time, the door is free.
        var code = await ann.Room.InviteAsync("", 1, TimeSpan.FromHours(1));
        Assert.Contains("too many others are at the door", await Refusal(RoomDoor.RedeemAsync(_shelf["dan"], Here, ann.Address.Port!.Value, code)), StringComparison.Ordinal);
        await AwaitConditionAsync(
            async () => await Record.ExceptionAsync(() => RoomDoor.RedeemAsync(_shelf["dan"], Here, ann.Address.Port!.Value, code)) is null, TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(200));
        idle.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Where_nobody_or_something_else_answers_a_line_says_so()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("220 no Norris here\r\n"u8.ToArray());
        });
        var code = InviteCode.Of(new byte[InviteCode.SecretLength]);
        Assert.Contains("that room is not encrypted: not connected", await Refusal(RoomDoor.RedeemAsync(_shelf["dan"], Here, port, code)), StringComparison.Ordinal);
        await serving;
        listener.Stop();
        Assert.StartsWith($"nobody answers at {Here}:{port}: ", await Refusal(RoomDoor.RedeemAsync(_shelf["dan"], Here, port, code)), StringComparison.Ordinal);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _shelf.Dispose();
    }

    private protected override RoomSecurity? SecurityOf(string name) => _security[name];

    private static InviteCode SameBeginning(InviteCode code, int number)
    {
        var letters = code.ToString().Replace("-", "", StringComparison.Ordinal);
        for (var i = 0; ; i++)
        {
            try
            {
                return InviteCode.Parse(letters[..^4] + Letters((number * 10_000) + i));
            }
            catch (FormatException)
            {
                // Its letters do not fit each other.
            }
        }

        static string Letters(int n) => string.Concat(Enumerable.Range(0, 4).Select(at => "0123456789abcdefghjkmnpqrstvwxyz"[(n >> (5 * at)) & 31]));
    }

    private static async Task<string> Refusal(Task asked)
    {
        var why = (await Assert.ThrowsAsync<RoomException>(() => asked)).Message;
        Assert.DoesNotContain('\n', why);
        return why;
    }

    private async Task<(TcpClient Client, Stream Stream)> Knock(Guest guest)
    {
        var client = new TcpClient();
        await client.ConnectAsync(Here, guest.Address.Port!.Value);
        return (client, (await Tls.CallDoor(client.GetStream(), _shelf["eve"], _ => true, CancellationToken.None)).Stream);
    }

    /// <summary>Somebody who has read the beginning of a code only. Gives what the door says.</summary>
    private async Task<string> Guess(Guest guest, InviteCode code)
    {
        var (client, stream) = await Knock(guest);
        using var connection = client;
        await DoorWords.Say(stream, new DoorWord { Invite = code.Id.Value, Nonce = DoorWords.Nonce() }, CancellationToken.None);
        var shown = await DoorWords.Hear(stream, 1024, CancellationToken.None);
        if (shown.WhyNot.Length > 0)
        {
            return shown.WhyNot;
        }

        await DoorWords.Say(stream, new DoorWord { Proof = ByteString.CopyFrom(new byte[32]) }, CancellationToken.None);
        return (await DoorWords.Hear(stream, 1024, CancellationToken.None)).WhyNot;
    }

    private Task Knows(Guest guest, InviteCode code) => Eventually(() => guest.Room.Status.Circle!.Find(code.Id) is not null, $"{guest.Wanted} knows the invite");
}
