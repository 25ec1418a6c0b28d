using System.Text.RegularExpressions;
using Norris.Lab.Processes;
using Norris.Tests.Architecture;

namespace Norris.Tests.Processes;

/// <summary>Does what docs/operations.md says of three machines and one private room, line by line, with network namespaces as machines.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class PrivateRoomTutorialSpec : IDisposable
{
    private static readonly string[] s_people = ["ada", "bob", "cat"];

    private readonly LastWill _will = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("norris-private").FullName;
    private readonly Queue<string> _lines = new(Lines());
    private string _code = "";

    public void Dispose()
    {
        _will.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    public async Task Three_machines_have_one_private_room()
    {
        using var network = Network.TryBuild(_will, out var whyNot);
        Skip.If(network is null, whyNot);

        // Bob is let in, and nobody else with the same line.
        var ada = await Chats(network, "ada");
        await Invites(network, "ada");
        await using var bob = await Chats(network, "bob");
        await IsRefused(network, "cat", "was used by bob's device");

        // The host dies, and bob lets cat in.
        ada.Signal("KILL");
        await ada.Exit();
        await ada.DisposeAsync();
        await bob.WaitFor(line => line.Event == "left" && line.Text("user") == "ada", "that ada is gone");
        await Invites(network, "bob");
        await using var cat = await Chats(network, "cat");

        await using var again = await Chats(network, "ada");
        var devices = await Prints(network, "ada");
        Assert.Equal(3, devices.Count);
        Assert.All(s_people, person => Assert.Contains(devices, line => line.Contains($"  {person}  ", StringComparison.Ordinal)));

        // Cat is put out while it talks.
        await cat.Type(string.Concat(Enumerable.Range(1, 2000).Select(n => $"cat says {n}\n")));
        await bob.WaitForCount(50, line => line.Event == "said", "something said");
        await again.Type("/kick cat\n");
        Assert.Equal(1, await cat.Exit());
        await bob.WaitFor(line => line.Event == "left" && line.Text("user") == "cat", "that cat has left");
        await again.WaitFor(line => line.Event == "left" && line.Text("user") == "cat", "that cat has left");
        foreach (var node in (NorrisProcess[])[bob, again])
        {
            var kick = node.Lines.First(line => line.Event == "circle" && line.Text("change") == "put-out").Seq;
            Assert.All(node.Lines.Where(line => line.Event == "said"), line => Assert.True(line.Seq < kick, $"{line.Raw} is not below {kick}"));
        }

        await IsRefused(network, "cat", "was put out by ada's device");
        await IsRefused(network, "cat", "was put out by ada's device");

        // All stop, and start again.
        foreach (var node in (NorrisProcess[])[bob, again])
        {
            node.Signal("TERM");
            Assert.Equal(0, await node.Exit());
        }

        await using var adaOnceMore = await Chats(network, "ada");
        await using var bobOnceMore = await Chats(network, "bob");
        await IsRefused(network, "cat", "was put out by ada's device");
        Assert.Empty(_lines);
    }

    /// <summary>The commands of the tutorial, and what they print.</summary>
    private static IEnumerable<string> Lines()
    {
        var text = DocsSpec.Read("docs/operations.md");
        var tutorial = text[text.IndexOf("### Three machines, one private room", StringComparison.Ordinal)..text.IndexOf("### What to know of it", StringComparison.Ordinal)];
        return Blocks().Matches(tutorial).SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [GeneratedRegex("```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    /// <summary>An invite's code, as it stands behind the addresses.</summary>
    [GeneratedRegex("/[0-9a-z]{4}(-[0-9a-z]{4}){6}")]
    private static partial Regex Code();

    /// <summary>The next line is a command for this person's machine: starts it there.</summary>
    private NorrisProcess Next(Network network, string person, params string[] more)
    {
        var (prompt, line) = ($"{person}$ norris ", _lines.Dequeue());
        Assert.StartsWith(prompt, line, StringComparison.Ordinal);
        for (var i = 0; i < s_people.Length; i++)
        {
            line = line.Replace($"192.168.1.{7 + i}", network.Place(i).Address, StringComparison.Ordinal);
        }

        var command = Code().Replace(line[prompt.Length..], $"/{_code}").Split(' ');
        return NorrisProcess.StartAt(network.Place(Array.IndexOf(s_people, person)), Path.Combine(_folder, person, "profile.json"), [.. command, .. more]);
    }

    private async Task<NorrisProcess> Chats(Network network, string person)
    {
        var node = Next(network, person, "--ui", "json", "--stay");
        await node.WaitFor(line => line.Event == "welcome", $"{person}'s welcome");
        return node;
    }

    private async Task IsRefused(Network network, string person, string why)
    {
        await using var node = Next(network, person, "--ui", "json", "--stay");
        Assert.Equal(1, await node.Exit());
        Assert.Contains(why, Assert.Single(node.ErrorLines), StringComparison.Ordinal);
    }

    private async Task Invites(Network network, string person)
    {
        var line = Assert.Single(await Prints(network, person));
        Assert.Matches(Code(), _lines.Dequeue());
        _code = Code().Match(line).Value[1..];
    }

    private async Task<IReadOnlyList<string>> Prints(Network network, string person)
    {
        await using var run = Next(network, person, "--node", $"{network.Place(Array.IndexOf(s_people, person)).Address}:4053");
        Assert.Equal(0, await run.Exit());
        return [.. run.Lines.Select(line => line.Raw)];
    }
}
