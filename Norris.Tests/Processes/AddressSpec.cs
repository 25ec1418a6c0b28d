using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

[Collection(ProcessCollection.Name)]
public sealed class AddressSpec : IDisposable
{
    private readonly LastWill _will = new();

    public void Dispose() => _will.Dispose();

    [SkippableFact]
    public async Task A_node_whose_address_is_no_longer_this_machines_says_so_while_it_is_cut_off()
    {
        using var network = Network.TryBuild(_will, out var whyNot);
        Skip.If(network is null, whyNot);
        await using var host = Start(network, 0, "host", "--name", "ada");
        await host.WaitFor(line => line.Event == "welcome", "ada's welcome");
        await using var bob = Start(network, 1, "join", host.Node, "--name", "bob");
        await bob.WaitFor(line => line.Event == "welcome", "bob's welcome");

        network.TakeAddress(1);
        await bob.WaitFor(Says, "that its address is gone");
        await bob.Type("/reform\n");
        await bob.WaitForCount(2, Says, "that no new room can begin there");
        Assert.DoesNotContain(host.Lines, Says);

        bool Says(NodeLine line) =>
            line.Event == "notice" && line.Text("text")!.StartsWith($"{network.Place(1).Address} is no longer an address of this machine", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_for_the_name_that_it_has_is_answered()
    {
        await using var host = await NorrisProcess.Host("fix");
        await host.Type("/name \ufb01x\n");
        await host.WaitFor(line => line.Event == "notice" && line.Text("text") == "you are fix already", "an answer");
    }

    private static NorrisProcess Start(Network network, int place, string command, params string[] more) =>
        NorrisProcess.StartAt(network.Place(place), [command, .. more, "--bind", network.Place(place).Address, "--open", "--ui", "json", "--stay"]);
}
