using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

[Collection(ProcessCollection.Name)]
public sealed class SleeperSpec
{
    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(3);

    [SkippableFact]
    public async Task Who_slept_while_all_others_began_anew_comes_back_to_their_room_and_makes_none_of_its_own()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var room = await Room.Of(3);
        var (sleeper, bob, cleo) = (room.Nodes[0], room.Nodes[1], room.Nodes[2]);
        sleeper.Signal("STOP");
        await cleo.WaitFor(line => line.Event == "left" && line.Text("user") == Room.Name(0), "that the sleeper is out", LongWay);

        // Each of the others goes on alone for a moment, so the room goes on from reign to reign; and nobody whom the sleeper knew is left.
        await using var secondBob = await BeginAnew(bob, cleo, 1);
        await using var secondCleo = await BeginAnew(cleo, secondBob, 2);
        await secondBob.Type("while you slept\n");
        await secondCleo.WaitFor(line => line.Text("text") == "while you slept", "what is said meanwhile");

        sleeper.Signal("CONT");
        await sleeper.WaitForCount(2, line => line.Event == "welcome", "the second welcome", LongWay);
        await secondBob.Type("good morning\n");
        var atSleeper = await sleeper.WaitFor(line => line.Text("text") == "good morning", "what is said to it");
        var atCleo = await secondCleo.WaitFor(line => line.Text("text") == "good morning", "the same");

        Assert.Equal(atCleo.Raw, atSleeper.Raw);
        Assert.DoesNotContain(sleeper.Lines, line => line.Event == "host" && line.Text("host") == Room.Name(0));
        Assert.Single(new[] { sleeper, secondBob, secondCleo }.SelectMany(n => n.Lines).Where(line => line.Event == "welcome").Select(line => line.Text("room")).Distinct());
        Transcripts.AssertSame(secondBob, secondCleo);
    }

    /// <summary>Dora comes while Ann sleeps, and all others die at once: each of the two goes on alone, and neither has ever heard of the other.</summary>
    [SkippableFact]
    public async Task Two_who_go_on_without_each_other_are_one_room_again_and_what_only_one_of_them_has_is_taken_back()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var room = await Room.Of(3);
        var (ann, bob, cleo) = (room.Nodes[0], room.Nodes[1], room.Nodes[2]);
        ann.Signal("STOP");
        await cleo.WaitFor(line => line.Event == "left" && line.Text("user") == Room.Name(0), "that the sleeper is out", LongWay);
        await using var dora = await NorrisProcess.Join(cleo, "dora");
        bob.Signal("KILL");
        cleo.Signal("KILL");
        await dora.WaitFor(GoesOnAlone, "that something may be lost", LongWay);
        ann.Signal("CONT");
        await ann.WaitFor(GoesOnAlone, "that something may be lost", LongWay);
        await ann.Type("is anybody here\n");
        await dora.Type("am I alone\n");

        // Through her Ann hears of Dora's room, for she is where somebody was whom Ann knew.
        await using var secondBob = await NorrisProcess.Join(dora, Room.Name(1), "--port", bob.Port);
        Task Comes(string node, int count) => ann.WaitForCount(count, line => line.Event == "joined" && line.Text("node") == node, $"that somebody comes on {node}", LongWay);
        var annGoes = ann.WaitForCount(2, line => line.Event == "welcome", "the second welcome", LongWay);
        var othersCome = Task.WhenAll(Comes(dora.Node, 1), Comes(secondBob.Node, 2));
        await (await Task.WhenAny(annGoes, othersCome));
        var loser = annGoes.IsCompletedSuccessfully ? ann : dora;
        await ann.Type("here we are\n");
        var atDora = await dora.WaitFor(line => line.Text("text") == "here we are", "what Ann says", LongWay);
        var atBob = await secondBob.WaitFor(line => line.Text("text") == "here we are", "the same", LongWay);

        Assert.Equal(atDora.Raw, atBob.Raw);
        Assert.Contains(loser.Lines, line => line.Event == "retracted");
        Assert.Single(new[] { ann, dora, secondBob }.SelectMany(n => n.Lines).Where(line => line.Event == "welcome").Select(line => line.Text("room")).Distinct());
        _ = othersCome.ContinueWith(never => never.Exception, TaskScheduler.Default);
        _ = annGoes.ContinueWith(never => never.Exception, TaskScheduler.Default);

        static bool GoesOnAlone(NodeLine line) => line.Event == "host" && line.IsTrue("mayHaveLost");
    }

    /// <summary>A process is killed and started again on its port; gives it once the room has it back.</summary>
    private static async Task<NorrisProcess> BeginAnew(NorrisProcess one, NorrisProcess other, int number)
    {
        one.Signal("KILL");
        await other.WaitFor(line => line.Event == "left" && line.Text("user") == Room.Name(number), "that it is gone", LongWay);
        return await NorrisProcess.Join(other, Room.Name(number), "--port", one.Port);
    }
}
