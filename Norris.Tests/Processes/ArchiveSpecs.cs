using System.Globalization;
using Norris.Actors.Protocol;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Tests.Archive;

namespace Norris.Tests.Processes;

/// <summary>Real archives in a room of real processes.</summary>
[Collection(ProcessSpecs.Name)]
public sealed class ArchiveSpecs : IDisposable
{
    private const int LineCount = 600;
    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(3);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task Everyone_is_told_who_records_and_reads_what_was_said_earlier()
    {
        await using var host = await NorrisProcess.Host("host");
        await using var archive = await NorrisProcess.Join(host, "archive", "--archive", Sqlite);
        var began = await host.WaitFor(line => line.Event == "recording", "that one records");
        Assert.Equal(archive.Node, began.Text("node"));
        await host.Type("tea is ready\nso is the bread\n");
        await archive.WaitForCount(2, IsSaid, "something said");

        await using var newcomer = await NorrisProcess.Join(host, "newcomer");
        Assert.Equal(archive.Node, newcomer.Lines.First(l => l.Event == "welcome").Json.GetProperty("recording")[0].GetString());
        Assert.Equal(["tea is ready", "so is the bread"], Texts(await newcomer.WaitFor(line => line.Event == "history", "the time before")));
        await newcomer.Type("/search tea\n");
        Assert.Equal(["tea is ready"], Texts(await newcomer.WaitFor(line => line.Text("search") == "tea", "what was found")));

        await archive.Type("/leave\n");
        Assert.Equal(0, await archive.Exit());
        await host.WaitFor(line => line.Event == "recording" && !line.Json.GetProperty("recording").GetBoolean(), "that it records no more");
        await newcomer.Type("/history 3\n");
        var refused = await newcomer.WaitFor(line => line.Event == "refused", "a clear answer");
        Assert.Contains("nobody in this room keeps an archive", refused.Text("why"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Two_archives_that_are_killed_with_their_server_hold_what_was_lived_in_the_end()
    {
        PostgresServer.Need();
        var server = new PostgresServer();
        await server.InitializeAsync();
        Environment.SetEnvironmentVariable(PostgresStoreName.PasswordVariable, PostgresServer.Password);
        try
        {
            var name = await server.NewDatabase();
            await using var host = await NorrisProcess.Host("host");
            await using var lite = await NorrisProcess.Join(host, "lite", "--archive", Sqlite);
            await using var post = await NorrisProcess.Join(host, "post", "--archive", name.ToString());
            await using var carl = await NorrisProcess.Join(host, "carl");
            await using var dora = await NorrisProcess.Join(host, "dora");
            await host.WaitForCount(2, line => line.Event == "recording", "that two record");
            var first = lite.Lines.First(l => l.Seq is not null).Seq!.Value;

            var (carls, doras) = (RealText.Lines("carl", LineCount), RealText.Lines("dora", LineCount));
            var part = LineCount / 3;
            await Talk(host, (carl, carls[..part]), (dora, doras[..part]));

            lite.Signal("KILL");
            var more = Talk(host, (carl, carls[part..(2 * part)]), (dora, doras[part..(2 * part)]));
            await host.WaitFor(line => line.Event == "left" && line.Text("user") == "lite", "that an archive is gone", LongWay);
            await more;
            await using var liteAgain = await NorrisProcess.Join(host, "lite2", "--archive", Sqlite);
            await host.WaitFor(line => line.Event == "recording" && line.Text("node") == liteAgain.Node, "that it is back", LongWay);

            await server.Kill();
            more = Talk(host, (carl, carls[(2 * part)..]), (dora, doras[(2 * part)..]));
            await post.WaitFor(line => line.Event == "notice" && line.Text("text")!.Contains("cannot write", StringComparison.Ordinal), "that the store is down", LongWay);
            await more;
            await server.Start();
            await post.WaitFor(line => line.Event == "notice" && line.Text("text")!.Contains("up to date", StringComparison.Ordinal), "that the store is back", LongWay);
            post.Signal("KILL");
            await host.WaitFor(line => line.Event == "left" && line.Text("user") == "post", "that the other archive is gone", LongWay);
            await using var postAgain = await NorrisProcess.Join(host, "post2", "--archive", name.ToString());
            var last = await host.WaitFor(line => line.Event == "recording" && line.Text("node") == postAgain.Node, "that it is back", LongWay);

            var whole = new LogRange(first, last.Seq!.Value);
            var room = new RoomId(ulong.Parse(host.Lines.First(l => l.Event == "welcome").Text("room")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            var lived = host.Lines.Where(l => l.Seq >= whole.First && l.Seq <= whole.Last).Select(l => l.Raw).ToList();
            await Holds(new SqliteHistoryStore(_folder.File("lite.db")), room, whole, lived);
            await Holds(new PostgresHistoryStore(name, PostgresServer.Password), room, whole, lived);
            Transcripts.AssertSame(host, carl, dora, liteAgain, postAgain);
            Transcripts.AssertSaid(host, "carl", carls);
            Transcripts.AssertSaid(host, "dora", doras);
        }
        finally
        {
            Environment.SetEnvironmentVariable(PostgresStoreName.PasswordVariable, null);
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_archive_that_cannot_be_is_said_in_one_line()
    {
        await using var wrong = NorrisProcess.Start("host", "--port", "0", "--archive", "nowhere");
        Assert.Equal(2, await wrong.Exit());
        Assert.Contains("is no archive", Assert.Single(wrong.ErrorLines), StringComparison.Ordinal);

        await using var age = NorrisProcess.Start("host", "--port", "0", "--archive", Sqlite, "--archive-keep", "soon");
        Assert.Equal(2, await age.Exit());
        Assert.Contains("30d", Assert.Single(age.ErrorLines), StringComparison.Ordinal);
    }

    private string Sqlite => $"sqlite:{_folder.File("lite.db")}";

    private static bool IsSaid(OutputLine line) => line.Event == "said";

    private static IEnumerable<string?> Texts(OutputLine history) =>
        history.Json.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("text").GetString());

    /// <summary>All talk at once; over when the host shows the last of each.</summary>
    private static async Task Talk(NorrisProcess host, params (NorrisProcess Node, string[] Lines)[] talkers)
    {
        foreach (var (node, lines) in talkers)
        {
            await node.Type(string.Concat(lines.Select(l => (l.StartsWith('/') ? "/" : "") + l + "\n")));
        }

        foreach (var (_, lines) in talkers)
        {
            await host.WaitFor(line => line.Text("text") == lines[^1], "the end of the talk", LongWay);
        }
    }

    /// <summary>Sooner or later, the store has all of it, once, as it was lived.</summary>
    private static async Task Holds(IHistoryStore store, RoomId room, LogRange whole, List<string> lived)
    {
        await using var kept = store;
        using var patience = new CancellationTokenSource(LongWay);
        while ((await kept.Missing(room, whole)).Count > 0 || (await kept.Holes(room)).Any(h => h.Range.Last >= whole.First))
        {
            // A hole is recorded while no archive has it, and filled when one comes back that does.
            await Task.Delay(50, patience.Token);
        }

        using var json = new JsonLines();
        var page = await kept.After(room, whole.First - 1, (int)whole.Count);
        Assert.Equal(lived, page.Entries.Select(json.FormatText));
    }
}
