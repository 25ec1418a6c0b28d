using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

/// <summary>Real processes in a private room, each with a profile, and so a device, of its own.</summary>
[Collection(ProcessCollection.Name)]
public sealed class PrivateRoomSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("norris-private").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Whoever_has_the_line_of_an_invite_comes_in_once_and_who_is_kicked_while_talking_is_out()
    {
        await using var ada = await NorrisProcess.Host("ada", "--private");
        Assert.Contains(ada.ErrorLines, line => line.Contains("private room: who wants in needs an invite", StringComparison.Ordinal));
        var invite = await Invite(ada, "bob");

        await using var bob = Start("bob", "join", invite);
        await bob.WaitFor(line => line.Event == "welcome", "bob's welcome");
        await bob.WaitForError("you are in: 2 devices");

        await using var cat = Start("cat", "join", invite);
        Assert.Equal(1, await cat.Exit());
        Assert.Contains("was used by bob's device", Assert.Single(cat.ErrorLines), StringComparison.Ordinal);

        await ada.Type("/devices\n");
        await ada.WaitFor(line => Notice(line).Contains("  bob  here  let in by ada", StringComparison.Ordinal), "bob's device in the list");
        await bob.Type(string.Concat(Enumerable.Range(1, 2000).Select(n => $"bob says {n}\n")));
        await ada.WaitForCount(100, line => line.Event == "said", "something said");
        await ada.Type("/kick bob\n");
        await ada.WaitFor(line => Notice(line).Contains("is refused from now on", StringComparison.Ordinal), "that bob is out");

        Assert.Equal(1, await bob.Exit());
        Assert.Contains(bob.ErrorLines, line => line.Contains("this device was put out, and cannot come back in", StringComparison.Ordinal));
        await ada.WaitFor(line => line.Event == "left" && line.Text("user") == "bob", "that bob has left");
        var said = ada.Lines.Count(line => line.Event == "said");

        await using var again = Start("bob", "join", ada.Node, "--private");
        Assert.Equal(1, await again.Exit());
        Assert.Contains("was put out by ada's device", Assert.Single(again.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(said, ada.Lines.Count(line => line.Event == "said"));
    }

    [Fact]
    public async Task Who_is_in_comes_back_without_an_invite_also_when_the_room_was_stopped_altogether()
    {
        var adas = Path.Combine(_folder, "ada", "profile.json");
        string invite;
        await using (var ada = NorrisProcess.StartWithProfile(adas, "host", "--name", "ada", "--port", "0", "--ui", "json", "--stay", "--private"))
        {
            await ada.WaitFor(line => line.Event == "welcome", "ada's welcome");
            invite = await Invite(ada, "bob");
            await using var first = Start("bob", "join", invite);
            await first.WaitFor(line => line.Event == "welcome", "bob's welcome");
            first.Signal("TERM");
            Assert.Equal(0, await first.Exit());
            ada.Signal("TERM");
            Assert.Equal(0, await ada.Exit());
        }

        await using var adaAgain = NorrisProcess.StartWithProfile(adas, "host", "--name", "ada", "--port", "0", "--ui", "json", "--stay", "--private");
        await adaAgain.WaitFor(line => line.Event == "welcome", "ada's welcome");
        await using var bob = Start("bob", "join", adaAgain.Node, "--private");
        await bob.WaitFor(line => line.Event == "welcome", "bob's welcome");

        // The invite was another room's: what is left of it is that bob's device is in.
        await using var cat = Start("cat", "join", $"{adaAgain.Node}/{invite[(invite.IndexOf('/', StringComparison.Ordinal) + 1)..]}");
        Assert.Equal(1, await cat.Exit());
        Assert.Contains("there is no invite ", Assert.Single(cat.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invite_that_was_taken_back_lets_nobody_in()
    {
        await using var ada = await NorrisProcess.Host("ada", "--private");
        var invite = await Invite(ada, "bob");
        await ada.Type($"/uninvite {invite}\n");
        await ada.WaitFor(line => Notice(line).Contains("lets nobody in any more", StringComparison.Ordinal), "that it was taken back");

        await using var bob = Start("bob", "join", invite);
        Assert.Equal(1, await bob.Exit());
        Assert.Contains("was taken back by ada's device", Assert.Single(bob.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invite_is_made_and_taken_back_and_devices_are_listed_from_another_process()
    {
        var profile = Path.Combine(_folder, "ada", "profile.json");
        await using var ada = NorrisProcess.StartWithProfile(profile, "host", "--name", "ada", "--port", "0", "--ui", "json", "--stay", "--private");
        await ada.WaitFor(line => line.Event == "welcome", "ada's welcome");
        var listens = ada.Node;

        var (invited, line) = await Run(profile, "invite", "--for", "bob", "--node", listens);
        Assert.Equal(0, invited);
        Assert.Matches("^norris join 127[.]0[.]0[.]1:[0-9]+/[0-9a-z-]{34}$", Assert.Single(line));
        await using var bob = Start("bob", "join", line[0]["norris join ".Length..]);
        await bob.WaitFor(l => l.Event == "welcome", "bob's welcome");

        var (listed, devices) = await Run(profile, "devices", "--node", listens);
        Assert.Equal((0, 2), (listed, devices.Count));
        Assert.Contains(devices, l => l.Contains("  ada  this device  founded ", StringComparison.Ordinal));
        Assert.Contains(devices, l => l.Contains("  bob  let in by ada, ", StringComparison.Ordinal));

        // Without being told which: it is listed a moment after its welcome.
        IReadOnlyList<string> second = [];
        await Eventually.Holds(async () => (await Run(profile, "invite")) is (0, var printed) && (second = printed).Count == 1, NorrisProcess.Patience);
        Assert.Equal(0, (await Run(profile, "invite", "--undo", second[0], "--node", listens)).Code);
        await using var cat = Start("cat", "join", second[0]["norris join ".Length..]);
        Assert.Equal(1, await cat.Exit());
        Assert.Contains("was taken back by ada's device", Assert.Single(cat.ErrorLines), StringComparison.Ordinal);

        // Bob's device is in, and is not the node's own.
        await using var bobs = NorrisProcess.StartWithProfile(Path.Combine(_folder, "bob", "profile.json"), "invite", "--node", listens);
        Assert.Equal(1, await bobs.Exit());
        Assert.Contains("a node of another device of the circle is there (ada, ", Assert.Single(bobs.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("devices")]
    [InlineData("invite")]
    public async Task Who_only_asks_gets_no_device_by_that(string command)
    {
        var folder = Path.Combine(_folder, "eve");
        await using var eve = NorrisProcess.StartWithProfile(Path.Combine(folder, "profile.json"), command);
        Assert.Equal(1, await eve.Exit());
        Assert.Contains("this device is in no circle", Assert.Single(eve.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "device.pem")));
    }

    [Fact]
    public async Task Who_comes_into_a_private_room_as_into_an_open_one_is_told_what_it_is()
    {
        await using var ada = await NorrisProcess.Host("ada", "--private");
        await using var eve = Start("eve", "join", ada.Node);
        Assert.Equal(1, await eve.Exit());
        Assert.Contains($"the room at {ada.Node} is for certain devices: join with an invite", Assert.Single(eve.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_wishes_no_name_is_called_as_the_invite_says()
    {
        await using var ada = await NorrisProcess.Host("ada", "--private");
        await using var bob = NorrisProcess.StartWithProfile(Path.Combine(_folder, "bob", "profile.json"), "join", await Invite(ada, "bob"), "--ui", "json", "--stay");
        Assert.Equal("bob", (await bob.WaitFor(line => line.Event == "welcome", "bob's welcome")).Text("name"));
    }

    [Fact]
    public async Task A_device_that_is_named_by_its_id_is_put_out_also_when_somebody_else_is_called_so()
    {
        await using var ada = await NorrisProcess.Host("ada", "--private");
        await using var bob = Start("bob", "join", await Invite(ada, "bob"));
        await bob.WaitFor(line => line.Event == "welcome", "bob's welcome");
        await ada.Type("/devices\n");
        var id = Notice(await ada.WaitFor(line => Notice(line).Contains("  bob  here", StringComparison.Ordinal), "bob's device in the list")).Split(' ')[0];
        await using var eve = Start(id, "join", await Invite(ada, "eve"));
        await eve.WaitFor(line => line.Event == "welcome", "eve's welcome");

        await ada.Type($"/kick {id}\n");
        Assert.Equal(1, await bob.Exit());
        await ada.WaitFor(line => Notice(line) == $"the device {id} is refused from now on", "that bob is out");
    }

    [SkippableFact]
    public async Task Who_is_put_out_while_it_stands_still_ends_when_it_wakes_and_keeps_in_mind_that_it_is_out()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var ada = await NorrisProcess.Host("ada", "--private");
        await using var bob = Start("bob", "join", await Invite(ada, "bob"));
        await bob.WaitFor(line => line.Event == "welcome", "bob's welcome");
        await using var cat = Start("cat", "join", await Invite(ada, "cat"));
        await cat.WaitFor(line => line.Event == "welcome", "cat's welcome");

        cat.Signal("STOP");
        await ada.Type("/kick cat\n");
        await ada.WaitFor(line => line.Event == "left" && line.Text("user") == "cat", "that cat has left");
        await bob.WaitFor(line => line.Event == "left" && line.Text("user") == "cat", "that cat has left");
        var node = cat.Node;
        await ada.WaitFor(line => line.Event == "node" && line.Text("node") == node && line.Text("change") == "left", "that cat's node has left");
        cat.Signal("CONT");

        Assert.Equal(1, await cat.Exit());
        Assert.Contains(cat.ErrorLines, line => line.Contains("was put out by ada's device", StringComparison.Ordinal));
        var (_, devices) = await Run(Path.Combine(_folder, "cat", "profile.json"), "devices", "--node", ada.Node);
        Assert.DoesNotContain(devices, line => line.Contains("this device", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1/4mvt-9c2k", "the invite has a typing error: a code has 28 letters and digits, this one has 8")]
    [InlineData("127.0.0.1:1/0000-0000-0000-0000-0000-0000-0000", "check the address, and whether the node runs")]
    [InlineData("--private 127.0.0.1:1", "this device is in no circle: ask somebody inside for an invite")]
    [InlineData("a b/0000-0000-0000-0000-0000-0000-0000", "an invite stands alone")]
    public async Task A_line_that_leads_nowhere_is_answered_with_one(string words, string why)
    {
        await using var eve = Start("eve", ["join", .. words.Split(' ')]);

        Assert.NotEqual(0, await eve.Exit());
        Assert.Contains(why, Assert.Single(eve.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_room_has_no_invites_and_no_door()
    {
        await using var ada = await NorrisProcess.Host("ada");
        await ada.Type("/invite bob\n/devices\n/kick bob\n");
        await ada.WaitForCount(3, line => Notice(line).Contains("this room is open to whoever reaches it", StringComparison.Ordinal), "that the room is open");

        await using var bob = Start("bob", "join", $"{ada.Node}/0000-0000-0000-0000-0000-0000-0000");
        Assert.Equal(1, await bob.Exit());
        Assert.Contains("that room is open (--open), and not encrypted: not connected", Assert.Single(bob.ErrorLines), StringComparison.Ordinal);
    }

    private static async Task<(int Code, IReadOnlyList<string> Lines)> Run(string profile, params string[] arguments)
    {
        await using var run = NorrisProcess.StartWithProfile(profile, arguments);
        var code = await run.Exit();
        return (code, [.. run.Lines.Select(line => line.Raw)]);
    }

    private static string Notice(NodeLine line) => line.Event == "notice" ? line.Text("text") ?? "" : "";

    private static async Task<string> Invite(NorrisProcess inside, string name)
    {
        var earlier = inside.Lines.Select(Notice).ToHashSet();
        await inside.Type($"/invite {name}\n");
        var line = await inside.WaitFor(line => Notice(line).StartsWith("norris join ", StringComparison.Ordinal) && !earlier.Contains(Notice(line)), "the invite");
        return Notice(line)["norris join ".Length..];
    }

    private NorrisProcess Start(string name, params string[] arguments) =>
        NorrisProcess.StartWithProfile(Path.Combine(_folder, name, "profile.json"), [.. arguments, "--name", name, "--ui", "json", "--stay"]);
}
