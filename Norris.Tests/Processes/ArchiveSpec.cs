using Norris.Lab.Processes;
using Norris.Tests.Archive;

namespace Norris.Tests.Processes;

/// <summary>Real archives in a room of real processes.</summary>
[Collection(ProcessCollection.Name)]
public sealed class ArchiveSpec : IDisposable
{
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

    [Fact]
    public async Task Whoever_says_one_thing_and_leaves_has_not_recorded_unannounced()
    {
        await using var norris = NorrisProcess.Start("host", "--port", "0", "--ui", "json", "--archive", Sqlite);
        await norris.Type("tea is ready\n");
        norris.EndInput();
        Assert.Equal(0, await norris.Exit());
        Assert.Contains(norris.Lines, line => line.Event == "recording" && line.Json.GetProperty("recording").GetBoolean());
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

    private static bool IsSaid(NodeLine line) => line.Event == "said";

    private static IEnumerable<string?> Texts(NodeLine history) =>
        history.Json.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("text").GetString());
}
