using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

[Collection(ProcessCollection.Name)]
public sealed class ReformSpec
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    [SkippableFact]
    public async Task Who_has_lost_the_majority_for_good_goes_on_in_a_new_room_with_what_waited()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var room = await Room.Of(3);
        var left = room.Nodes[2];
        await left.Type("/reform\n");
        await left.WaitFor(line => Notice(line, "nothing to re-form"), "that there is nothing to re-form");
        foreach (var gone in room.Nodes.Take(2))
        {
            gone.Signal("STOP"); // a death without proof
        }

        await left.WaitFor(line => line.Event == "connection" && line.Text("state") == "cut-off", "that it is cut off");
        await left.Type("/reform\nstill here\n");
        await left.WaitFor(line => Notice(line, "wait until"), "that it is too early");
        Assert.DoesNotContain(left.Lines, line => line.Text("text") == "still here");

        // Asked again and again, as people do.
        while (!left.Lines.Any(line => Notice(line, "a new room has begun")))
        {
            await left.Type("/reform\n");
            await Task.WhenAny(left.WaitFor(line => Notice(line, "a new room has begun"), "that a new room has begun"), Task.Delay(AskEvery));
            Assert.False(left.HasExited, left.Report("ended"));
        }

        await left.WaitFor(line => line.Event == "said" && line.Text("text") == "still here", "what waited");
        var rooms = left.Lines.Where(line => line.Event == "welcome").Select(line => line.Text("room")).ToList();
        Assert.Equal(2, rooms.Distinct().Count());
    }

    private static bool Notice(NodeLine line, string words) => line.Event == "notice" && line.Text("text")!.Contains(words, StringComparison.Ordinal);
}
