using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

/// <summary>A room that shows its last messages to who comes in, though nobody keeps an archive.</summary>
[Collection(ProcessCollection.Name)]
public sealed class LastMessagesSpec
{
    [Fact]
    public async Task Who_comes_in_is_shown_what_was_said_since_the_room_said_so_whoever_is_host_by_then()
    {
        await using var host = await NorrisProcess.Host("host");
        await using var bob = await NorrisProcess.Join(host, "bob");
        await host.Type("before\n/last 5\n");
        var set = await bob.WaitFor(line => line.Event == "setting", "that all are told");
        Assert.Equal(("last", "5"), (set.Text("setting"), set.Text("text")));
        await host.Type("one\ntwo\noops\n");
        await host.WaitForCount(4, IsSaid, "something said");
        await host.Type("/delete\nthree\n");
        await bob.WaitFor(line => line.Text("text") == "three", "all of it");

        await using var first = await NorrisProcess.Join(host, "first");
        Assert.Equal(5, first.Lines.First(line => line.Event == "welcome").Json.GetProperty("last").GetInt32());
        Assert.Equal(["one", "two", "three"], await Earlier(first));
        await host.Type("/leave\n");
        Assert.Equal(0, await host.Exit());
        await bob.WaitFor(line => line.Event == "host" && line.Text("host") != host.Node, "another host");

        await using var second = await NorrisProcess.Join(bob, "second");
        Assert.Equal(["one", "two", "three"], await Earlier(second));

        await bob.Type("/last 0\n");
        await second.WaitFor(line => line.Event == "setting", "that it is over");
        await second.Type("/history\n");
        var refused = await second.WaitFor(line => line.Event == "refused", "a clear answer");
        Assert.Contains("nobody in this room keeps an archive", refused.Text("why"), StringComparison.Ordinal);
    }

    private static bool IsSaid(NodeLine line) => line.Event == "said";

    private static async Task<IEnumerable<string?>> Earlier(NorrisProcess node) =>
        (await node.WaitFor(line => line.Event == "history", "the time before")).Json.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("text").GetString());
}
