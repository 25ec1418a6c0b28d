using System.Net;
using System.Net.Sockets;
using Norris.Actors.Devices;
using Norris.Actors.Devices.Proto;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Commands;
using Norris.Node.Discovery;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Tests.Archive;
using Norris.Tests.Devices;
using Norris.Tests.Session;

namespace Norris.Tests.Commands;

/// <summary><c>norris join</c> without an address, where the network says this and that.</summary>
public sealed class EntranceSpec : IDisposable
{
    private static readonly FoundRoom Open = new(new Endpoint("192.0.2.7", 4053), Limits.WireVersion, null);

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _errors = new();
    private readonly List<FoundRoom> _there = [];
    private readonly List<NodeSettings> _started = [];
    private readonly List<(string, Endpoint)> _announced = [];
    private string? _lookedOn;
    private CircleId? _lookedFor;

    private string[] Told => _errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose()
    {
        _errors.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task Who_finds_nobody_is_told_in_one_line_what_to_do()
    {
        Assert.Equal(1, await Join());

        Assert.Equal("norris: you were in no room yet that had others in it, and no room answers in this network: 'norris join ADDRESS' joins one, 'norris host' starts one", Assert.Single(Told).TrimEnd());
        Assert.Equal(("127.0.0.1", null), (_lookedOn, _lookedFor));
        Assert.False(File.Exists(_folder.File("device.pem")), "who only looks needs no key");
    }

    [Fact]
    public async Task Other_rooms_are_told_with_what_to_do_and_none_is_joined_by_itself()
    {
        _there.AddRange([Open, new(new Endpoint("192.0.2.8", 4053), Limits.WireVersion, "0123456789abcdef"), new(new Endpoint("192.0.2.9", 4053), Limits.WireVersion + 1, null)]);

        Assert.Equal(1, await Join());

        Assert.Equal(4, Told.Length);
        Assert.Contains("an open room, norris join 192.0.2.7:4053 --bind ", Told[0], StringComparison.Ordinal);
        Assert.Contains("a room for certain devices, at 192.0.2.8:4053; who is in it can invite you", Told[1], StringComparison.Ordinal);
        Assert.Contains("a room of another version of norris, at 192.0.2.9:4053", Told[2], StringComparison.Ordinal);
        Assert.Empty(_started);
    }

    [Fact]
    public async Task Where_the_port_cannot_be_had_that_is_told_with_what_to_do()
    {
        Assert.Equal(1, await Join(_ => throw new SocketException((int)SocketError.AddressAlreadyInUse)));

        Assert.Contains("UDP port 5353 cannot be had", Assert.Single(Told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_room_comes_first_and_the_network_where_nobody_there_lets_one_in()
    {
        using (var store = ProfileStore.Open(_folder.File("profile.json")))
        {
            store.KeepRoom(["127.0.0.1:4100"], isPrivate: false);
        }

        Assert.Equal(0, await Join());
        Assert.Null(_lookedOn);

        Assert.Equal(1, await Join(start: _ => throw new NodeStartException("cannot reach it")));
        Assert.Equal([new Endpoint("127.0.0.1", 4100)], _started[^1].Seeds);
        Assert.NotNull(_lookedOn);
        Assert.Contains("nobody of the last room lets this node in (cannot reach it), and no room answers in this network", Assert.Single(Told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_room_was_open_on_this_machine_and_is_none_for_others()
    {
        using (var store = ProfileStore.Open(_folder.File("profile.json")))
        {
            store.KeepRoom(["192.0.2.7:4100"], isPrivate: false);
        }

        Assert.Equal(1, await Run(["join", "--bind", "192.0.2.8"], null, null));
        Assert.Empty(_started);
        Assert.Contains("this device is in no circle", Assert.Single(Told), StringComparison.Ordinal);

        Assert.Equal(0, await Run(["join", "--bind", "192.0.2.8", "--open"], null, null));
        Assert.Null(Assert.Single(_started).Security);
    }

    [Fact]
    public async Task Who_announces_ones_own_circle_is_asked_for_its_key_and_joined_by_nobody_without_it()
    {
        // The mark of a circle can be repeated by whoever heard it: here by eve, who listens with a key of her own.
        using var stage = new DoorStage();
        var eve = stage["eve"];
        var (port, heard) = stage.Listens("eve", async stream =>
        {
            var question = await DoorMessages.Read(stream, DoorQuestion.Parser, DoorLimits.QuestionBytes, CancellationToken.None);
            await DoorStage.Say(stream, DoorMessages.Granted(Circle.Found(Admission.Founding(eve.PublicKey.Span, default, "", 1, eve.Sign), DeviceSignature.IsBy), []));
            return question;
        });
        var circle = InCircle();
        _there.Add(new(new Endpoint("127.0.0.1", port), Limits.WireVersion, CircleMark.Of(circle, TimeProvider.System.GetUtcNow())));

        Assert.Equal(1, await Join());

        Assert.Equal(circle, _lookedFor);
        Assert.Equal(2, Told.Length);
        Assert.Contains($"your circle answers in this network, at 127.0.0.1:{port}", Told[0], StringComparison.Ordinal);
        Assert.Contains("the room there is for another circle of devices", Told[1], StringComparison.Ordinal);
        Assert.Empty(_started);
        Assert.Equal(new DoorQuestion { List = new() }, await heard);
    }

    [Fact]
    public async Task Who_announces_ones_own_circle_and_never_answers_keeps_nobody_waiting_who_is_answered_elsewhere()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var mark = CircleMark.Of(InCircle(), TimeProvider.System.GetUtcNow());
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stage = new DoorStage();
        var (port, _) = stage.Listens("eve", async stream =>
        {
            told.SetResult();
            return await DoorStage.Rest(stream);
        });
        _there.AddRange([new(new Endpoint("127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port), Limits.WireVersion, mark), new(new Endpoint("127.0.0.1", port), Limits.WireVersion, mark)]);

        var joined = Join();

        await told.Task.WaitAsync(TimeSpan.FromMilliseconds(DoorLimits.PatienceMs / 2));
        Assert.Equal(1, await joined);
    }

    [Fact]
    public async Task A_circle_elsewhere_needs_an_address_that_it_reaches_this_node_by()
    {
        _there.Add(Open with { Mark = CircleMark.Of(InCircle(), TimeProvider.System.GetUtcNow()) });

        Assert.Equal(2, await Join());

        Assert.Contains("192.0.2.7 is not loopback", Told[1], StringComparison.Ordinal);
        Assert.Contains("--bind", Told[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.1", true, "host", "--bind", "192.0.2.1")]
    [InlineData("192.0.2.1", false, "host", "--bind", "192.0.2.1", "--hidden")]
    [InlineData("127.0.0.1", true, "host")]
    public async Task A_room_is_announced_unless_it_is_hidden(string listen, bool isAnnounced, params string[] args)
    {
        Assert.Equal(0, await Run(args, null, null));

        Assert.Equal(isAnnounced ? [(listen, new Endpoint("127.0.0.1", 4053))] : [], _announced);
    }

    /// <summary>This device has founded one.</summary>
    private CircleId InCircle()
    {
        using var room = PrivateRoom.Open(_folder.File("profile.json"), _ => { });
        return room.ToHost("ada", TimeProvider.System).Circle!.Id;
    }

    private Task<int> Join(Action<string>? look = null, Action<NodeSettings>? start = null) => Run(["join"], look, start);

    private Task<int> Run(string[] args, Action<string>? look, Action<NodeSettings>? start)
    {
        var session = new ScriptedSession();
        session.ComesIn();
        var surroundings = new Surroundings(new StandardStreams(Stream.Null, Stream.Null, _errors, false, false), _folder.File("profile.json"), TimeProvider.System, (settings, _) =>
        {
            _started.Add(settings);
            start?.Invoke(settings);
            return Task.FromResult<IChatNode>(new ScriptedNode(session));
        })
        {
            Look = (listen, circle, _) =>
            {
                (_lookedOn, _lookedFor) = (listen, circle);
                look?.Invoke(listen);
                var found = new FoundRooms(circle is { } id ? CircleMark.About(id, TimeProvider.System.GetUtcNow()) : []);
                _there.ForEach(found.Add);
                return Task.FromResult(found);
            },
            Announce = (listen, at, _) =>
            {
                _announced.Add((listen, at()!));
                return null;
            },
        };
        return Node.Commands.CommandLine.Run(args, surroundings, CancellationToken.None);
    }
}
