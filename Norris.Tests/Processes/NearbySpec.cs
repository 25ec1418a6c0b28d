using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

/// <summary>Machines on one switch, each with a profile of its own, that find each other's rooms by multicast.</summary>
[Collection(ProcessCollection.Name)]
public sealed class NearbySpec : IDisposable
{
    private readonly LastWill _will = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("norris-nearby").FullName;

    public void Dispose()
    {
        _will.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    public async Task Who_belongs_to_the_circle_finds_it_again_and_a_stranger_learns_that_there_is_a_room()
    {
        using var network = Network.TryBuild(_will, out var whyNot);
        Skip.If(network is null, whyNot);
        await using (var ada = await Host(network, 0, "ada"))
        {
            await ada.Type("/invite bob\n");
            var invite = await ada.WaitFor(line => line.Text("text")?.StartsWith("norris join ", StringComparison.Ordinal) is true, "the invite");
            await using var bob = Start(network, 1, "bob", "join", invite.Text("text")!["norris join ".Length..]);
            await bob.WaitFor(line => line.Event == "welcome", "bob's welcome");
            foreach (var node in (NorrisProcess[])[bob, ada])
            {
                await node.Type("/leave\n");
                Assert.Equal(0, await node.Exit());
            }
        }

        // Ada comes back at another address, which bob has never seen.
        await using var again = await Host(network, 2, "ada");
        await using var back = Start(network, 1, "bob", "join");
        await back.WaitForError($"your circle answers in this network, at {again.Node}");
        await back.WaitFor(line => line.Event == "welcome", "bob's welcome");

        await using var eve = Start(network, 3, "eve", "join");
        Assert.Equal(1, await eve.Exit());
        Assert.Contains(eve.ErrorLines, line => line.Contains($"a room for certain devices, at {again.Node}", StringComparison.Ordinal));
        Assert.Contains("no room in this network is of your own circle", eve.ErrorLines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("eve", again.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_open_room_is_told_and_a_hidden_or_gone_one_is_not()
    {
        using var network = Network.TryBuild(_will, out var whyNot);
        Skip.If(network is null, whyNot);
        await using var ada = await Host(network, 0, "ada", "--open");
        await using var cat = await Host(network, 1, "cat", "--open", "--hidden");

        // Dan is on one machine with ada's room, and looks on the same port as she announces it.
        await using var dan = Start(network, 0, "dan", "join");
        Assert.Equal(1, await dan.Exit());
        Assert.Equal([$"norris: in this network: an open room, norris join {ada.Node} --open"], dan.ErrorLines.SkipLast(1));

        await ada.Type("/leave\n");
        Assert.Equal(0, await ada.Exit());
        await using var eve = Start(network, 2, "eve", "join");
        Assert.Equal(1, await eve.Exit());
        Assert.Contains("no room answers in this network", Assert.Single(eve.ErrorLines), StringComparison.Ordinal);
    }

    private async Task<NorrisProcess> Host(Network network, int place, string name, params string[] more)
    {
        var host = Start(network, place, name, ["host", .. more]);
        await host.WaitFor(line => line.Event == "welcome", "the host's welcome");
        return host;
    }

    private NorrisProcess Start(Network network, int place, string name, params string[] command) => NorrisProcess.StartAt(
        network.Place(place), Path.Combine(_folder, name, "profile.json"), [.. command, "--name", name, "--bind", network.Place(place).Address, "--ui", "json", "--stay"]);
}
