using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Norris.Core.Protocol;
using Norris.Tests.Archive;

namespace Norris.Tests.Processes;

/// <summary>What an upgrade of one node after the other meets where the wire is another.</summary>
[Collection(ProcessCollection.Name)]
public sealed class UpgradeSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [Theory]
    [InlineData("join")]
    [InlineData("up")]
    public async Task A_node_of_another_wire_version_is_refused_in_one_line_and_the_room_goes_on(string command)
    {
        var older = _folder.File("older.hocon");
        await File.WriteAllTextAsync(older, $"akka.cluster.app-version = \"{Limits.WireVersion - 1}.0.0\"");
        await using var host = await NorrisProcess.Host("ada");
        var port = FreePort();
        string[] whom = command == "up" ? [host.Node, $"127.0.0.1:{port}"] : [host.Node];

        await using var old = NorrisProcess.Start([command, .. whom, "--bind", "127.0.0.1", "--port", $"{port}", "--name", "bob", "--hocon", older, "--ui", "json", "--stay"]);
        Assert.Equal(1, await old.Exit());
        Assert.Equal(
            [$"norris: the room at {host.Node} speaks version {Limits.WireVersion}.0.0 of the wire, this norris {Limits.WireVersion - 1}.0.0: use the same version on both sides"],
            old.ErrorLines);

        await using var carol = await NorrisProcess.Join(host, "carol");
        await carol.Type("still here\n");
        await host.WaitFor(line => line.Event == "said" && line.Text("text") == "still here", "what carol said");
        Assert.DoesNotContain(host.Lines, line => line.Event == "joined" && line.Text("name") == "bob");
    }

    /// <summary>The first nodes had Akka.NET's own transport: neither side understands a word of the other.</summary>
    [Fact]
    public async Task Where_the_transport_is_older_who_joins_is_told_to_check_the_version_and_who_is_up_waits_and_begins_nothing()
    {
        var older = ActorSystem.Create("norris", "akka { stdout-loglevel = OFF, loglevel = OFF, actor.provider = cluster, remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 } }");
        try
        {
            var there = $"127.0.0.1:{((ExtendedActorSystem)older).Provider.DefaultAddress.Port}";
            await using var join = NorrisProcess.Start("join", there, "--name", "bob", "--ui", "json", "--stay");
            var port = FreePort();
            await using var up = NorrisProcess.Start("up", there, $"127.0.0.1:{port}", "--port", $"{port}", "--name", "carol", "--ui", "json", "--stay");

            Assert.Equal(1, await join.Exit());
            Assert.StartsWith($"norris: no answer from a Norris room at {there} within ", Assert.Single(join.ErrorLines), StringComparison.Ordinal);
            Assert.Contains(": check that a norris of this version runs there", join.Errors, StringComparison.Ordinal);
            await up.WaitForError($": {there} has not answered");
            Assert.Empty(up.Lines);
        }
        finally
        {
            await older.Terminate();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
