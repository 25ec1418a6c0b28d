using System.Net.Http.Json;
using System.Text.Json;
using Norris.Node.Archive;
using Norris.Node.Web;
using Norris.Tests.Archive;
using Norris.Tests.Web;

namespace Norris.Tests.Processes;

/// <summary>Rooms that go on after they were stopped, and users who come back from elsewhere.</summary>
[Collection(ProcessCollection.Name)]
public sealed class ReturnSpec : IDisposable
{
    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(3);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task A_room_that_was_stopped_altogether_goes_on_from_its_archive_as_one_history()
    {
        var lived = new SortedDictionary<long, string>();
        string? room = null;
        for (var time = 1; time <= 3; time++)
        {
            await using var host = await NorrisProcess.Host("ada", ["--archive", Store("room"), .. time > 1 ? (string[])["--continue"] : []]);
            await using var bob = await NorrisProcess.Join(host, "bob");
            var welcome = host.Lines.First(line => line.Event == "welcome");
            room ??= welcome.Text("room");
            Assert.Equal(room, welcome.Text("room"));
            if (time == 1)
            {
                await bob.Type("/room Kitchen\n/topic lunch\n/topic tea\n/last 20\n");
                await host.WaitForCount(4, line => line.Event == "setting", "a setting of the room");
            }
            else
            {
                Assert.All([welcome, bob.Lines.First(line => line.Event == "welcome")], came => Assert.Equal(("Kitchen", "tea", 20), (came.Text("roomName"), came.Text("topic"), came.Json.GetProperty("last").GetInt32())));
            }

            if (time > 1)
            {
                // Whoever begins sees the time before, too, and so does who comes.
                foreach (var node in (NorrisProcess[])[host, bob])
                {
                    var earlier = await node.WaitFor(line => line.Event == "history", "the time before");
                    Assert.Equal($"bob at {time - 1}", earlier.Json.GetProperty("messages").EnumerateArray().Last().GetProperty("text").GetString());
                }
            }

            await bob.Type($"bob at {time}\n");
            await host.WaitFor(line => line.Text("text") == $"bob at {time}", "what bob says");
            await host.WaitFor(line => line.Event == "recording", "that it records");
            foreach (var node in (NorrisProcess[])[bob, host])
            {
                await node.Type("/leave\n");
                Assert.Equal(0, await node.Exit());
            }

            Transcripts.AssertSame(host, bob);
            foreach (var line in host.Lines.Where(line => line.Seq is not null))
            {
                // No number is given twice: what was lived after the archive's last entry is but the host's own goodbye.
                Assert.True(lived.TryAdd(line.Seq!.Value, line.Raw) || lived[line.Seq.Value].Contains("\"left\"", StringComparison.Ordinal), line.Raw);
                lived[line.Seq.Value] = line.Raw;
            }
        }

        await using var history = NorrisProcess.Start("history", "--archive", Store("room"), "--export", "json");
        Assert.Equal(0, await history.Exit());
        Assert.Empty(history.ErrorLines);
        var kept = history.Lines.ToList();
        Assert.Equal(Enumerable.Range(1, kept.Count).Select(i => (long?)i), kept.Select(line => line.Seq));
        Assert.Equal(lived.Values.Take(kept.Count).Skip(2), kept.Skip(2).Select(line => line.Raw));
        Assert.Equal(["bob at 1", "bob at 2", "bob at 3"], kept.Where(line => line.Event == "said").Select(line => line.Text("text")));
        var epochs = kept.Where(line => line.Event == "host").Select(line => line.Json.GetProperty("epoch").GetInt64()).ToList();
        Assert.Equal(epochs.Distinct().Order(), epochs);

        // A stretch is joined to the one before it only where their hashes meet.
        await using (var store = new SqliteHistoryStore(_folder.File("room.db")))
        {
            Assert.Equal([new LogRange(1, kept.Count)], await store.Present((await store.Rooms())[0].Room));
        }

        await using var rooms = NorrisProcess.Start("history", "--archive", Store("room"), "--rooms");
        Assert.Equal(0, await rooms.Exit());
        Assert.StartsWith(room!, Assert.Single(rooms.Lines).Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Going_on_needs_an_archive_that_holds_the_room()
    {
        await using var without = NorrisProcess.Start("host", "--port", "0", "--continue");
        Assert.Equal(2, await without.Exit());
        Assert.Contains("--archive", Assert.Single(without.ErrorLines), StringComparison.Ordinal);

        await using var empty = NorrisProcess.Start("host", "--port", "0", "--archive", Store("empty"), "--continue");
        Assert.Equal(1, await empty.Exit());
        Assert.Contains("has no room yet", empty.ErrorLines[^1], StringComparison.Ordinal);

        await using var host = await NorrisProcess.Host("ada", "--archive", Store("empty"));
        await host.Type("one\n/leave\n");
        Assert.Equal(0, await host.Exit());
        await using var another = NorrisProcess.Start("host", "--port", "0", "--archive", Store("empty"), "--continue", "12");
        Assert.Equal(1, await another.Exit());
        Assert.Contains("has no room 0000000000000012", another.ErrorLines[^1], StringComparison.Ordinal);

        await using var anew = await NorrisProcess.Host("ada", "--archive", Store("empty"));
        Assert.Contains(anew.ErrorLines, line => line.Contains("--continue goes on with that one", StringComparison.Ordinal));
        Assert.NotEqual(host.Lines[0].Text("room"), anew.Lines.First(line => line.Event == "welcome").Text("room"));
    }

    [SkippableFact]
    public async Task The_main_server_dies_and_its_user_comes_back_from_another_device_to_the_whole_history()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs signals");
        var (laptop, phone, carried) = (_folder.File("laptop.json"), _folder.File("phone.json"), _folder.File("me.json"));

        // Ada's laptop is the host and keeps an archive; so does a second machine; carl is there, too.
        await using var main = NorrisProcess.StartWithProfile(
            laptop, "host", "--name", "ada", "--port", "0", "--ui", "json", "--stay", "--archive", Store("main"));
        await main.WaitFor(line => line.Event == "welcome", "the host's welcome");
        await using var backup = await NorrisProcess.Join(main, "backup", "--archive", Store("backup"));
        await using var carl = await NorrisProcess.Join(main, "carl");
        await main.WaitForCount(2, line => line.Event == "recording", "that two record");
        await main.Type("milk is out\n");
        await carl.WaitFor(line => line.Text("text") == "milk is out", "what ada says");
        await carl.Type("I buy some\n");
        var seen = await main.WaitFor(line => line.Text("text") == "I buy some", "what carl says");

        // She takes her profile along as soon as it says that she has seen the answer.
        await ReadTo(laptop, seen.Seq!.Value);
        await using var export = NorrisProcess.StartWithProfile(laptop, "profile", "export", carried);
        Assert.Equal(0, await export.Exit());

        main.Signal("KILL");
        await carl.WaitFor(line => line.Event == "left" && line.Text("user") == "ada", "that the main server is gone", LongWay);
        await carl.Type("bought, and bread\n");
        await backup.WaitFor(line => line.Text("text") == "bought, and bread", "what carl says without ada", LongWay);

        await using var import = NorrisProcess.StartWithProfile(phone, "profile", "import", carried);
        Assert.Equal(0, await import.Exit());
        await using var ada = NorrisProcess.StartWithProfile(phone, "join", carl.Node, "--ui", "json", "--stay");
        var welcome = await ada.WaitFor(line => line.Event == "welcome", "the welcome back");
        Assert.Equal("ada", welcome.Text("name"));
        var earlier = await ada.WaitFor(line => line.Event == "history", "the time before");
        var messages = earlier.Json.GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(["milk is out", "I buy some", "bought, and bread"], messages.Select(m => m.GetProperty("text").GetString()));
        var readTo = earlier.Json.GetProperty("readTo").GetInt64();
        Assert.Equal("bought, and bread", Assert.Single(messages, m => m.GetProperty("seq").GetInt64() > readTo).GetProperty("text").GetString());
        await ada.Type("thank you\n");
        await carl.WaitFor(line => line.Text("text") == "thank you" && line.Text("user") == "ada", "what ada says from the other device");

        // And a person who looks at lines sees where it begins to be new.
        await using var lines = NorrisProcess.StartWithProfile(CopyOf(carried), "join", carl.Node, "--ui", "line", "--stay");
        await lines.WaitFor(line => line.Raw.Contains("new since you were here", StringComparison.Ordinal), "where the news begins");
        Transcripts.AssertSame(main, backup, carl, ada);
    }

    [SkippableTheory]
    [InlineData("the line /name")]
    [InlineData("the page")]
    public async Task A_name_that_was_taken_in_the_room_is_the_users_after_the_node_was_killed(string how)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs signals");
        var profile = _folder.File("profile.json");
        await using (var node = NorrisProcess.StartWithProfile(profile, "host", "--port", "0", "--ui", "json", "--stay", "--web", "0"))
        {
            await node.WaitFor(line => line.Event == "welcome", "the welcome under a name that was made up");
            if (how == "the page")
            {
                using var owner = new HttpClient();
                owner.DefaultRequestHeaders.Authorization = new("Bearer", new WebKeys(WebToken.Open(WebToken.PathBeside(profile), out _)).Token);
                using var asked = await owner.PostAsJsonAsync(new Uri(await RealPageSpec.PageOf(node), "/api/user"), new { name = "eve" });
                Assert.True(asked.IsSuccessStatusCode);
            }
            else
            {
                await node.Type("/name eve\n");
            }

            await node.WaitFor(line => line.Event == "renamed", "the new name");
            await Kept(profile, kept => kept.GetProperty("name").GetString() == "eve");
            node.Signal("KILL");
            await node.Exit();
        }

        await using var again = NorrisProcess.StartWithProfile(profile, "host", "--port", "0", "--ui", "json", "--stay");
        Assert.Equal("eve", (await again.WaitFor(line => line.Event == "welcome", "the welcome back")).Text("name"));
    }

    private string Store(string name) => $"sqlite:{_folder.File(name + ".db")}";

    private static string CopyOf(string file)
    {
        File.Copy(file, file + ".copy");
        return file + ".copy";
    }

    private static Task ReadTo(string profile, long seq) =>
        Kept(profile, kept => kept.GetProperty("readTo").EnumerateArray().Any(mark => mark.GetProperty("seq").GetInt64() >= seq));

    private static async Task Kept(string profile, Func<JsonElement, bool> wanted) =>
        await Eventually.Sees(() => File.ReadAllText(profile), text => wanted(JsonElement.Parse(text)), NorrisProcess.Patience);
}
