using System.Text.Json;
using Norris.Lab.Processes;
using Norris.Tests.Archive;
using Norris.Tests.Processes;
using Norris.Tests.Tui;

namespace Norris.Tests.Pictures;

/// <summary>A room of real nodes in which people have said all that a screen shows in a way of its own.</summary>
internal sealed class LivelyRoom : IAsyncDisposable
{
    /// <summary>The first host.</summary>
    public required NorrisProcess Dave { get; init; }

    /// <summary>Hers is the node with the page.</summary>
    public required NorrisProcess Alice { get; init; }

    public required NorrisProcess Bob { get; init; }

    /// <summary>Hers keeps the archive.</summary>
    public required NorrisProcess Carol { get; init; }

    public required NorrisProcess Erin { get; init; }

    public required Tmux Frank { get; init; }

    public static async Task<LivelyRoom> Start(TemporaryFolder files)
    {
        var dave = await NorrisProcess.Host("dave");
        var room = new LivelyRoom
        {
            Dave = dave,
            Alice = await NorrisProcess.Join(dave, "alice", "--web", "0"),
            Bob = await NorrisProcess.Join(dave, "bob"),
            Carol = await NorrisProcess.Join(dave, "carol", "--archive", $"sqlite:{files.File("lively.db")}"),
            Erin = await NorrisProcess.Join(dave, "erin"),
            Frank = Terminal(120, 40, files.File("frank.json"), "frank", dave),
        };
        await room.Alice.WaitFor(line => line.Event == "joined" && line.Text("user") == "frank", "that all are in");
        return room;
    }

    /// <summary>A terminal in which somebody has joined with the full screen.</summary>
    public static Tmux Terminal(int width, int height, string profile, string name, NorrisProcess member) => new(
        width, height, $"NORRIS_PROFILE='{profile}' exec {string.Join(' ', ChildProcess.ThisProgram.Select(word => $"'{word}'"))} join {member.Node} --name {name} --ui tui");

    public async Task Talk()
    {
        await Say(Dave, "/room Kitchen");
        await Say(Dave, "/topic Friday's release: the freeze is at noon");
        await Say(Dave, "good morning! is this thing on?");
        await Say(Carol, "it is. and *nobody* runs a server");
        await Say(Bob, "then who decides the order?");
        await Say(Alice, "/reply whichever node is the **host** now. if it dies, another one goes on from the same place");
        await Say(Alice, "try it: kill one of the processes");
        await Say(Dave, "/react 👍");
        await Say(Erin, "/react 👍");
        await Say(Bob, "/react @alice 🎉");
        await Say(Dave, "alice: doing it now 😈");
        await Say(Carol, Json("still here, nothing lost:\n```\n$ norris demo --nodes 3 --kills 10\nlost 0, doubled 0, out of order 0\n```\nsame hash on my side"));
        await Say(Erin, "for whoever was away: we moved the freeze to noon, since the last two fixes touch how a node that was cut off catches up, and I would rather have them read twice "
            + "than have them early; whatever is not in by then waits for Monday, and nobody has to hurry for that. notes are at https://example.org/notes/release-checklist?for=friday#freeze");
        await Say(Bob, "fine wiht me");
        await Say(Bob, "/edit fine with me");
        await Say(Dave, "never mind");
        await Say(Dave, "/delete");
        await Say(Carol, Json("so for today:\n- the two fixes\n- `docs/operations.md`\n- > a quote of somebody"));
        await Say(Bob, "/me puts the kettle on");
        await Frank.See("* bob puts the kettle on");
        Frank.Say("/reply @carol the docs are mine");
        await Alice.WaitFor(line => line.Text("text") == "the docs are mine", "what was said in the terminal");
        await Say(Carol, "/react @frank ❤️");
        await Say(Alice, "thanks!");
    }

    /// <summary>Says it where all that was said is known, and waits until it is in the order.</summary>
    public async Task Say(NorrisProcess who, string line)
    {
        var name = who.Lines.First(l => l.Event == "welcome").Text("name");
        bool IsOfThis(NodeLine l) => l.Event is "said" or "setting" && l.Text("user") == name;
        var before = Alice.Lines.Count(IsOfThis);
        var last = Alice.Lines.Last(l => l.Seq is not null).Seq;
        await who.WaitFor(l => l.Seq >= last, $"what is there before '{line}'");
        await who.Type(line + "\n");
        await Alice.WaitForCount(before + 1, IsOfThis, $"what follows from '{line}'");
    }

    public async ValueTask DisposeAsync()
    {
        Frank.Dispose();
        foreach (var node in new[] { Dave, Alice, Bob, Carol, Erin })
        {
            await node.DisposeAsync();
        }
    }

    private static string Json(string text) => JsonSerializer.Serialize(new { text });
}
