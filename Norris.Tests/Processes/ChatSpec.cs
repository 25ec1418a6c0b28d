using System.Net;
using System.Net.Sockets;
using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

/// <summary>Real processes that chat on this machine.</summary>
[Collection(ProcessCollection.Name)]
public sealed class ChatSpec
{
    // Silence is noticed after seconds only; and the machine is busy.
    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData(3, 5000)]
    [InlineData(5, 5000)]
    public async Task Everybody_shows_the_same_transcript_of_what_all_say_at_once(int count, int lineCount)
    {
        await using var room = await Room.Of(count);
        var texts = room.Nodes.Select((_, i) => RealText.Lines(Room.Name(i), lineCount)).ToArray();

        await Task.WhenAll(room.Nodes.Select((node, i) => node.Type(Input(texts[i]))));
        await Task.WhenAll(room.Nodes.Select(node => node.WaitForCount(count * lineCount, IsSaid, "something said", LongWay)));
        await room.LeaveAll();

        Transcripts.AssertSame([.. room.Nodes]);
        foreach (var node in room.Nodes)
        {
            for (var i = 0; i < count; i++)
            {
                Transcripts.AssertSaid(node, Room.Name(i), texts[i]);
            }

            Assert.DoesNotContain(node.Lines, line => line.Event == "refused");
        }
    }

    [Fact]
    public async Task One_joins_and_one_leaves_while_the_others_talk()
    {
        await using var room = await Room.Of(3);
        using var enough = new CancellationTokenSource();
        var talking = new[] { room.Talk(0, enough.Token), room.Talk(1, enough.Token) };
        var leaver = room.Nodes[2];

        await leaver.WaitForCount(500, IsSaid, "something said");
        var joiner = await room.Join(Room.Name(3));
        await joiner.Type("and I am new\n");
        leaver.Signal("TERM");
        Assert.Equal(0, await leaver.Exit());
        await room.Nodes[0].WaitFor(line => line.Event == "left" && line.Text("user") == Room.Name(2), "that one left", LongWay);
        await enough.CancelAsync();
        var texts = await Task.WhenAll(talking);

        await AllHave(texts, room.Nodes[0], room.Nodes[1], joiner);
        await room.LeaveAll();

        Transcripts.AssertSame([.. room.Nodes]);
        foreach (var node in room.Nodes.Take(2))
        {
            Transcripts.AssertSaid(node, Room.Name(0), texts[0]);
            Transcripts.AssertSaid(node, Room.Name(1), texts[1]);
            Transcripts.AssertSaid(node, Room.Name(3), ["and I am new"]);
            Assert.Contains(node.Lines, line => line.Event == "left" && line.Text("user") == Room.Name(2) && line.Text("reason") == "left");
        }
    }

    [SkippableTheory]
    [InlineData("TERM", "left")]
    [InlineData("KILL", "crashed")]
    public async Task The_host_goes_while_the_others_talk_and_nothing_is_lost_or_doubled(string signal, string reason)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs signals");
        await using var room = await Room.Of(3);
        using var enough = new CancellationTokenSource();
        var talking = new[] { room.Talk(1, enough.Token), room.Talk(2, enough.Token) };
        var (host, survivors) = (room.Nodes[0], room.Nodes.Skip(1).ToArray());

        await host.WaitForCount(500, IsSaid, "something said");
        host.Signal(signal);
        Assert.Equal(signal == "TERM", await host.Exit() == 0);
        foreach (var node in survivors)
        {
            var left = await node.WaitFor(line => line.Event == "left" && line.Text("user") == Room.Name(0), "that the host has gone", LongWay);
            Assert.Equal(reason, left.Text("reason"));
        }

        await enough.CancelAsync();
        var texts = await Task.WhenAll(talking);
        await AllHave(texts, survivors);
        await room.LeaveAll();

        Transcripts.AssertSame([.. room.Nodes]);
        foreach (var node in survivors)
        {
            Transcripts.AssertSaid(node, Room.Name(1), texts[0]);
            Transcripts.AssertSaid(node, Room.Name(2), texts[1]);
            Assert.Contains(node.Lines, line => line.Event == "failover");
        }
    }

    [Fact]
    public async Task What_is_piped_in_is_said_and_then_it_leaves()
    {
        await using var room = await Room.Of(2);
        await using var passer = NorrisProcess.Start("join", room.Nodes[1].Node, "--name", "passer");
        await passer.Type("hello\n");
        passer.EndInput();

        Assert.Equal(0, await passer.Exit());
        Assert.Empty(passer.ErrorLines);
        foreach (var node in room.Nodes)
        {
            await node.WaitFor(line => IsSaid(line) && line.Text("user") == "passer" && line.Text("text") == "hello", "the hello");
            await node.WaitFor(line => line.Event == "left" && line.Text("user") == "passer" && line.Text("reason") == "left", "that it left");
        }

        await room.LeaveAll();
    }

    [Fact]
    public async Task Two_who_want_one_name_get_two()
    {
        await using var host = await NorrisProcess.Host("Ada");
        await using var other = await NorrisProcess.Join(host, "ada");
        Assert.Equal("ada-2", other.Lines.First(line => line.Event == "welcome").Text("name"));
    }

    [Fact]
    public async Task A_name_and_its_proof_last_from_one_run_to_the_next()
    {
        await using var host = await NorrisProcess.Host("host");
        var profile = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            foreach (var arguments in (string[][])[["--name", "ada"], []])
            {
                await using var ada = NorrisProcess.StartWithProfile(profile, ["join", host.Node, "--ui", "json", .. arguments]);
                ada.EndInput();
                Assert.Equal(0, await ada.Exit());
                Assert.Equal("ada", ada.Lines.First(line => line.Event == "welcome").Text("name"));
            }
        }
        finally
        {
            File.Delete(profile);
            File.Delete(profile + ".lock");
        }
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_signal_leaves_properly(string signal)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs signals");
        await using var room = await Room.Of(2);
        room.Nodes[1].Signal(signal);
        Assert.Equal(0, await room.Nodes[1].Exit());
        Assert.Equal("bye", room.Nodes[1].Lines[^1].Event);
        await room.Nodes[0].WaitFor(line => line.Event == "left" && line.Text("reason") == "left", "that it left");
    }

    [SkippableFact]
    public async Task Whose_output_nobody_reads_any_more_leaves_without_a_word()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs a shell");
        await using var shell = NorrisProcess.Shell("yes 2> /dev/null | norris host --port 0 --ui json | head -n 1");
        await shell.WaitFor(line => line.Event == "welcome", "the welcome");
        Assert.Equal(0, await shell.Exit());
        Assert.Empty(shell.ErrorLines);
    }

    [Theory]
    [InlineData("host", "--bind", "10.255.255.1", "--port", "0")]
    [InlineData("host", "--bind", "nosuch.invalid", "--port", "0")]
    public async Task An_address_that_is_not_this_machines_is_told(params string[] arguments)
    {
        await using var norris = NorrisProcess.Start(arguments);
        Assert.Equal(1, await norris.Exit(ProcessCollection.AnswerLimit));
        Assert.Contains("--bind", norris.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Empty(norris.Lines);
        Assert.DoesNotContain("   at ", norris.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_calls_a_node_by_another_name_is_told_its_own_in_one_line_or_is_in_where_it_is_one_of_several()
    {
        await using var host = await NorrisProcess.Host("ann", "--bind", "0.0.0.0", "--open", "--advertise", "127.0.0.3");

        await using var wrong = NorrisProcess.Start("join", $"127.0.0.1:{host.Port}", "--port", "0", "--ui", "json");
        Assert.Equal(1, await wrong.Exit(ProcessCollection.AnswerLimit));
        Assert.EndsWith($"norris join 127.0.0.3:{host.Port}", Assert.Single(wrong.ErrorLines), StringComparison.Ordinal);

        await using var right = await NorrisProcess.Join(host, "bob", $"127.0.0.1:{host.Port}", "--port", "0");
        right.Signal("TERM");
        Assert.Equal(0, await right.Exit());
        Assert.Empty(right.ErrorLines);
    }

    [Theory]
    [InlineData("norris.tick = soon")]
    [InlineData("akka { loglevel =")]
    [InlineData("{{{")]
    [InlineData("# akka.loglevel = INFO")]
    [InlineData("norris { tick = 5 ms\n}}\nakka.loglevel = INFO")]
    [InlineData("norris.tick = 5 ms // {\nakka { a = \"}\"")]
    [InlineData("akka.actor.provider = local")]
    public async Task Settings_that_do_not_work_are_told_with_their_file(string settings)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, settings);
        await ToldInOneLine(file, "host", "--port", "0", "--hocon", file);
        File.Delete(file);
    }

    [Fact]
    public async Task A_port_in_use_is_told()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await ToldInOneLine($"{port}", "host", "--port", $"{port}");
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_told()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await ToldInOneLine($"127.0.0.1:{port}", "join", $"127.0.0.1:{port}");
    }

    [Fact]
    public async Task An_address_that_does_not_resolve_is_told() => await ToldInOneLine("nowhere.invalid", "join", "nowhere.invalid");

    [Fact]
    public async Task An_address_that_is_no_Norris_is_told()
    {
        using var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await web.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            }
        });
        var address = web.LocalEndpoint.ToString()!;
        await ToldInOneLine(address, "join", address);
        web.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => serving);
    }

    [Fact]
    public async Task Starting_idling_and_leaving_leave_nothing_in_the_log()
    {
        await using var room = await Room.Of(3);
        await Idle();
        await room.LeaveAll();
        Assert.All(room.Nodes, node => Assert.Equal("", node.Errors));
    }

    /// <summary>Nothing is left out of what Akka says: at this level the program shows it all.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_proper_leave_is_no_fault_to_the_others_network(int leaver)
    {
        var settings = Path.GetTempFileName();
        await File.WriteAllTextAsync(settings, "akka.loglevel = INFO");
        await using var room = await Room.Of(3, "--hocon", settings);
        await Idle();
        var node = room.Nodes[leaver];
        await node.Type("/leave\n");
        Assert.Equal(0, await node.Exit());
        await Idle();
        await room.LeaveAll();
        Assert.All(room.Nodes, n => Assert.Contains(" INFO ", n.Errors, StringComparison.Ordinal));
        Assert.All(room.Nodes, n => Assert.DoesNotContain(n.ErrorLines, IsComplaint));
        File.Delete(settings);
    }

    /// <summary>A machine so busy that heartbeats come late says that too; it is about the machine, not about who left.</summary>
    private static bool IsComplaint(string line) =>
        (line.Contains(" WARN ", StringComparison.Ordinal) || line.Contains(" ERROR ", StringComparison.Ordinal))
        && !line.Contains("PhiAccrualFailureDetector", StringComparison.Ordinal);

    /// <summary>Silence can only be waited for by the clock: a few rounds of heartbeats, gossip and progress.</summary>
    private static Task Idle() => Task.Delay(TimeSpan.FromSeconds(4));

    private static bool IsSaid(NodeLine line) => line.Event == "said";

    private static async Task AllHave(IReadOnlyList<string>[] texts, params NorrisProcess[] nodes)
    {
        foreach (var node in nodes)
        {
            foreach (var text in texts)
            {
                await node.WaitFor(line => line.Text("text") == text[^1], $"'{text[^1]}', the last of one who talked", LongWay);
            }
        }
    }

    private static string Input(IReadOnlyCollection<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private static async Task ToldInOneLine(string what, params string[] arguments)
    {
        await using var norris = NorrisProcess.Start(arguments);
        Assert.Equal(1, await norris.Exit(ProcessCollection.AnswerLimit));
        var line = Assert.Single(norris.ErrorLines);
        Assert.StartsWith("norris: ", line, StringComparison.Ordinal);
        Assert.Contains(what, line, StringComparison.Ordinal);
    }
}
