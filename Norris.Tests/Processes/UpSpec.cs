using System.Net;
using System.Net.Sockets;
using Norris.Tests.Archive;
using Norris.Tests.Web;

namespace Norris.Tests.Processes;

/// <summary>Nodes that are all started by one command line, whoever of them has been there before.</summary>
[Collection(ProcessCollection.Name)]
public sealed class UpSpec : IAsyncLifetime
{
    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(3);

    private readonly int[] _ports = FreePorts(3);
    private readonly List<NorrisProcess> _all = [];
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 0)]
    public async Task Started_at_once_in_any_order_they_make_one_room(params int[] order) => await InOneRoom([.. order.Select(Up)]);

    [SkippableFact]
    public async Task A_host_that_is_killed_comes_back_to_the_room_by_the_same_command_line()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        var nodes = new[] { Up(0), Up(1), Up(2) };
        var room = await InOneRoom(nodes);
        var host = Array.FindIndex(nodes, node => node.Lines.Any(line => line.Event == "welcome" && line.Text("host") == node.Node));
        nodes[host].Signal("KILL");
        await nodes[host].Exit();
        nodes[host] = Up(host);

        Assert.Equal(room, await InOneRoom(nodes));
    }

    [SkippableFact]
    public async Task All_that_are_killed_at_once_and_started_again_make_one_room()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        var before = new[] { Up(0), Up(1), Up(2) };
        var room = await InOneRoom(before);
        foreach (var node in before)
        {
            node.Signal("KILL");
        }

        foreach (var node in before)
        {
            await node.Exit();
        }

        Assert.NotEqual(room, await InOneRoom([Up(0), Up(1), Up(2)]));
    }

    [SkippableFact]
    public async Task Nodes_of_one_circle_make_a_private_room_and_a_stranger_makes_none_with_them()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        var founder = Private(0, "host");
        await founder.WaitFor(line => line.Event == "welcome", "the welcome");
        for (var i = 1; i < _ports.Length; i++)
        {
            await using var invite = NorrisProcess.StartWithProfile(Profile(0), "invite", "--node", founder.Node);
            Assert.Equal(0, await invite.Exit());
            var newcomer = Private(i, ["join", Assert.Single(invite.Lines).Raw["norris join ".Length..]]);
            await newcomer.WaitFor(line => line.Event == "welcome", "the welcome");
            newcomer.Signal("TERM");
            Assert.Equal(0, await newcomer.Exit());
        }

        founder.Signal("TERM");
        Assert.Equal(0, await founder.Exit());

        var nodes = new[] { PrivateUp(0), PrivateUp(1), PrivateUp(2) };
        var room = await InOneRoom(nodes);
        var host = Array.FindIndex(nodes, node => node.Lines.Any(line => line.Event == "welcome" && line.Text("host") == node.Node));
        nodes[host].Signal("KILL");
        await nodes[host].Exit();
        await using var stranger = NorrisProcess.StartWithProfile(Profile(3), ["up", .. _ports.Select((_, i) => At(i)), "--port", $"{_ports[host]}", "--ui", "json", "--stay", "--private"]);
        Assert.Equal(1, await stranger.Exit());
        Assert.Contains("this device is in no circle", Assert.Single(stranger.ErrorLines), StringComparison.Ordinal);
        nodes[host] = PrivateUp(host);
        Assert.Equal(room, await InOneRoom(nodes));

        string Profile(int which) => _folder.File($"{which}/profile.json");
        NorrisProcess PrivateUp(int which) => Private(which, ["up", .. _ports.Select((_, i) => At(i))]);
        NorrisProcess Private(int which, params string[] command) => Keep(NorrisProcess.StartWithProfile(
            Profile(which),
            [.. command, "--name", Room.Name(which), "--port", $"{_ports[which]}", "--ui", "json", "--stay", .. command[0] == "join" ? Array.Empty<string>() : ["--private"]]));
    }

    [SkippableFact]
    public async Task One_of_three_waits_and_says_for_whom_until_there_is_a_second()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        var one = Up(1);
        await one.WaitForError("waiting for a majority of");
        Assert.Contains($"{At(0)}, {At(2)} have not answered", one.Errors, StringComparison.Ordinal);
        Assert.Empty(one.Lines);
        await InOneRoom([one, Up(2)]);
    }

    [SkippableFact]
    public async Task Who_waits_leaves_at_once_when_it_is_told_to_end()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        var one = Up(1);
        await one.WaitForError("waiting for a majority of");
        one.Signal("TERM");
        Assert.Equal(1, await one.Exit(ProcessCollection.AnswerLimit));
    }

    [SkippableFact]
    public async Task A_service_needs_no_input_writes_no_text_and_runs_until_it_is_told_to_end()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var host = await NorrisProcess.Host("ada");
        var service = Keep(NorrisProcess.Start("join", host.Node, "--name", "bot", "--ui", "none"));
        service.EndInput();
        await host.WaitFor(line => line.Event == "joined" && line.Text("user") == "bot", "that the service is here");
        await service.WaitForError("bot is in room");
        await host.Type("a secret\n");
        await host.WaitFor(line => line.Text("text") == "a secret", "what is said");
        service.Signal("TERM");
        Assert.Equal(0, await service.Exit());
        Assert.Empty(service.Lines);
        Assert.DoesNotContain("secret", service.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_wants_to_host_where_a_room_is_hears_of_it()
    {
        await using var host = await NorrisProcess.Host("ada");
        await Listed(host);
        await using var second = NorrisProcess.Start("host", "--port", host.Port);
        Assert.Equal(1, await second.Exit());
        Assert.Equal($"norris: a room is here already: norris join {host.Node}", second.ErrorLines[^1]);
    }

    [SkippableFact]
    public async Task Join_without_an_address_goes_back_to_the_last_room()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        var profile = _folder.File("bob.json");
        await using var never = NorrisProcess.StartWithProfile(profile, "join");
        Assert.Equal(1, await never.Exit());
        Assert.Contains("norris join ADDRESS", Assert.Single(never.ErrorLines), StringComparison.Ordinal);

        var host = Keep(await NorrisProcess.Host("ada"));
        await using var bob = await NorrisProcess.JoinWithProfile(profile, host, "bob");
        await Eventually.Holds(() => File.ReadAllText(profile).Contains(host.Node, StringComparison.Ordinal), NorrisProcess.Patience);

        bob.Signal("KILL");
        await bob.Exit();
        await using var again = NorrisProcess.StartWithProfile(profile, "join", "--ui", "json", "--stay");
        var welcome = await again.WaitFor(line => line.Event == "welcome", "the welcome back", LongWay);
        Assert.Equal(host.Lines.First(line => line.Event == "welcome").Text("room"), welcome.Text("room"));

        again.Signal("KILL");
        host.Signal("KILL");
        await host.Exit();
        await again.Exit();
        await using var late = NorrisProcess.StartWithProfile(profile, "join");
        Assert.Equal(1, await late.Exit());
        Assert.Contains("nobody of the last room", late.ErrorLines[^1], StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var node in _all)
        {
            await node.DisposeAsync();
        }

        _folder.Delete();
    }

    /// <summary>It is listed a moment after its welcome.</summary>
    private static Task Listed(NorrisProcess host) => Eventually.Holds(
        async () =>
        {
            await using var nodes = NorrisProcess.Start("nodes");
            await nodes.Exit();
            return nodes.Lines.Any(line => line.Raw.Contains(host.Node, StringComparison.Ordinal));
        },
        NorrisProcess.Patience);

    /// <summary>Waits until all of them are in, sees that it is one room that carries what is said, and gives it.</summary>
    private static async Task<string> InOneRoom(NorrisProcess[] nodes)
    {
        var rooms = new List<string?>();
        foreach (var node in nodes)
        {
            rooms.Add((await node.WaitFor(line => line.Event == "welcome", "the welcome", LongWay)).Text("room"));
        }

        Assert.Single(rooms.Distinct());
        var text = $"hello at {DateTime.UtcNow:O}";
        await nodes[0].Type($"{text}\n");
        foreach (var node in nodes)
        {
            await node.WaitFor(line => line.Text("text") == text, "what the first one says", LongWay);
        }

        return rooms[0]!;
    }

    private NorrisProcess Up(int number) =>
        Keep(NorrisProcess.Start(["up", .. _ports.Select((_, i) => At(i)), "--port", $"{_ports[number]}", "--name", Room.Name(number), "--ui", "json", "--stay"]));

    private string At(int number) => $"127.0.0.1:{_ports[number]}";

    private NorrisProcess Keep(NorrisProcess process)
    {
        _all.Add(process);
        return process;
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).Order()];
        listeners.ForEach(l => l.Dispose());
        return ports;
    }
}
