using System.Diagnostics;
using System.Globalization;
using Norris.Core.Protocol;
using Norris.Lab.Processes;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Tests.Archive;
using Xunit.Abstractions;

namespace Norris.Tests.Processes;

/// <summary>
/// Everything that can die, in turn, while all is recorded. <c>NORRIS_ORDEAL_MESSAGES=100000 dotnet test --filter Ordeal --logger
/// "console;verbosity=detailed"</c> is the long one; without the variable the same goes with less talk.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed class ArchiveOrdealSpec(ITestOutputHelper output) : IDisposable
{
    private const int Parts = 6;
    private const int Page = 10_000;

    private static readonly int Count =
        int.TryParse(Environment.GetEnvironmentVariable("NORRIS_ORDEAL_MESSAGES"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 2_000;

    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(3) + TimeSpan.FromMilliseconds(5 * Count);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [SkippableFact]
    public Task Two_archives_hold_what_was_lived_though_each_its_server_and_three_hosts_are_killed() => PostgresServer.With(Run);

    /// <summary>Whoever came first hosts: each kill but the server's takes the host of the moment, two of which keep an archive.</summary>
    private async Task Run(PostgresServer server)
    {
        var began = Stopwatch.GetTimestamp();
        var name = await server.NewDatabase();
        var sqlite = $"sqlite:{_folder.File("lite.db")}";
        await using var eve = await NorrisProcess.Host("eve");
        await using var lite = await NorrisProcess.Join(eve, "lite", "--archive", sqlite);
        await using var post = await NorrisProcess.Join(eve, "post", "--archive", name.ToString());
        await eve.WaitForCount(2, line => line.Event == "recording", "that two record");
        await using var carl = await NorrisProcess.Join(eve, "carl");
        await using var dora = await NorrisProcess.Join(eve, "dora");
        var first = carl.Lines.First(l => l.Seq is not null).Seq!.Value;
        string[][] lines = [RealText.Lines("carl", Count / 2), RealText.Lines("dora", Count / 2)];

        // What was there before them is looked for first, and is not known to be gone before all who may have it have answered: nobody is killed meanwhile.
        foreach (var archive in (NorrisProcess[])[lite, post])
        {
            await archive.WaitFor(line => Notice(line, "lacks") || Notice(line, "up to date"), "that it has looked in the room for what was before", LongWay);
        }

        await Talk(0);

        await During(1, eve, "eve");
        await using var eveAgain = await NorrisProcess.Join(carl, "eve2");

        await During(2, lite, "lite");
        await using var liteAgain = await NorrisProcess.Join(carl, "lite2", "--archive", sqlite);
        await carl.WaitFor(line => line.Event == "recording" && line.Text("node") == liteAgain.Node, "that an archive is back", LongWay);

        var talk = Talk(3);
        await InTheMiddle(3);
        await server.Kill();
        await talk;

        // All of that may have been written before the server was gone, and who has nothing to write does not notice: there is more.
        await Talk(4);
        await post.WaitFor(line => Notice(line, "cannot write"), "that the store is down", LongWay);
        await server.Start();
        await post.WaitFor(line => Notice(line, "up to date"), "that the store is back", LongWay);

        await During(5, post, "post");
        await using var postAgain = await NorrisProcess.Join(carl, "post2", "--archive", name.ToString());
        var last = await carl.WaitFor(line => line.Event == "recording" && line.Text("node") == postAgain.Node, "that the other archive is back", LongWay);

        var whole = new LogRange(first, last.Seq!.Value);
        var lived = carl.Lines.Where(l => l.Seq >= whole.First && l.Seq <= whole.Last).ToList();
        var room = new RoomId(ulong.Parse(carl.Lines.First(l => l.Event == "welcome").Text("room")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        var atEnd = Stopwatch.GetTimestamp();
        await Holds(new SqliteHistoryStore(_folder.File("lite.db")), room, whole, lived);
        await Holds(new PostgresHistoryStore(name, PostgresServer.Password), room, whole, lived);
        var behind = Stopwatch.GetElapsedTime(atEnd);
        Transcripts.AssertSame(eve, lite, post, carl, dora, eveAgain, liteAgain, postAgain);
        Transcripts.AssertSaid(carl, "carl", lines[0]);
        Transcripts.AssertSaid(carl, "dora", lines[1]);
        Assert.Equal(4, lived.Count(l => l.Event == "host") + (carl.Lines.First(l => l.Event == "welcome").Text("host") == eve.Node ? 1 : 0));
        output.WriteLine(
            $"{Count} messages, {whole.Count} entries ({whole}), last hash {last.Text("hash")}; in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s; "
            + $"both stores were equal to the transcript {behind.TotalSeconds:0.0} s after the last archive was back");

        string[] Part(int talker, int part) => lines[talker][(part * lines[talker].Length / Parts)..((part + 1) * lines[talker].Length / Parts)];

        async Task Talk(int part)
        {
            await Task.WhenAll(carl.Type(Input(Part(0, part))), dora.Type(Input(Part(1, part))));
            foreach (var said in (string[])[Part(0, part)[^1], Part(1, part)[^1]])
            {
                await carl.WaitFor(line => line.Text("text") == said, "the end of the talk", LongWay);
            }
        }

        Task InTheMiddle(int part)
        {
            var text = Part(0, part)[Part(0, part).Length / 3];
            return carl.WaitFor(line => line.Text("text") == text, "the middle of the talk", LongWay);
        }

        async Task During(int part, NorrisProcess victim, string user)
        {
            var talk = Talk(part);
            await InTheMiddle(part);
            victim.Signal("KILL");
            await carl.WaitFor(line => line.Event == "left" && line.Text("user") == user, $"that {user} is gone", LongWay);
            await talk;
        }
    }

    private static string Input(string[] lines) => string.Concat(lines.Select(l => (l.StartsWith('/') ? "/" : "") + l + "\n"));

    private static bool Notice(NodeLine line, string text) => line.Event == "notice" && line.Text("text")!.Contains(text, StringComparison.Ordinal);

    /// <summary>Sooner or later, the store has all of it, once, as it was lived, hashes included.</summary>
    private static async Task Holds(IHistoryStore store, RoomId room, LogRange whole, List<NodeLine> lived)
    {
        await using var kept = store;
        // A hole is recorded while no archive has it, and filled when one comes back that does.
        await Eventually.Sees(
            async () => (Missing: await kept.Missing(room, whole), Holes: (await kept.Holes(room)).Where(h => h.Range.Last >= whole.First).ToList()),
            lacks => lacks.Missing.Count == 0 && lacks.Holes.Count == 0,
            LongWay,
            lacks => $"missing {string.Join(", ", lacks.Missing)}; holes {string.Join(", ", lacks.Holes)}");
        using var json = new JsonLines();
        for (var done = 0; done < lived.Count; done += Page)
        {
            var page = await kept.After(room, whole.First + done - 1, Page);
            Assert.Equal(lived.Skip(done).Take(Page).Select(l => l.Raw), page.Entries.Take(lived.Count - done).Select(json.FormatText));
        }
    }
}
