using System.Text;
using Norris.Core.Room;
using Norris.Node.Discovery;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>What the commands need of the world, so that tests can put another in its place.</summary>
/// <param name="ProfilePath">Null: the account has no place for one.</param>
/// <param name="Start">Starts a node.</param>
internal sealed record Surroundings(
    StandardStreams Streams, string? ProfilePath, TimeProvider Time, Func<NodeSettings, CancellationToken, Task<IChatNode>> Start)
{
    /// <summary>The nodes of this account that run here.</summary>
    public RunningNodes Nodes { get; init; } = new(null);

    /// <summary>Who started this process as a service, if that is what it is.</summary>
    public ServiceManager Service { get; init; } = new(null);

    /// <summary>Looks for rooms in the network, where a node that listens there could join them.</summary>
    public Func<string, CircleId?, CancellationToken, Task<FoundRooms>> Look { get; init; } = (_, _, _) => Task.FromResult(new FoundRooms([]));

    /// <summary>Tells the network of the room of a node that listens there, where it goes by and which circle's it is; null: it does not.</summary>
    public Func<string, Func<Endpoint?>, Func<CircleId?>, IAsyncDisposable?> Announce { get; init; } = (_, _, _) => null;

    public static Surroundings OfThisProcess()
    {
        var streams = StandardStreams.Open();
        var service = ServiceManager.OfThisProcess();
        return new(streams, ProfileStore.DefaultPath(), TimeProvider.System, (settings, leave) => ChatNode.Start(settings, Waits, leave))
        {
            Nodes = RunningNodes.OfThisAccount(),
            Service = service,
            Look = (listen, circle, cancel) => NetworkSearch.For(listen, circle, TimeProvider.System, cancel),
            Announce = (listen, at, circle) => Announcer.Start(listen, at, circle, TimeProvider.System, line => Tell(streams, line)),
        };

        // A node that waits for others may do so for days: it runs as it should, so that nothing that is started after it waits, too.
        void Waits(string what)
        {
            Tell(streams, what);
            service.IsUp(what);
        }
    }

    /// <summary>One line for the user, apart from what the screen says.</summary>
    public void Tell(string line) => Tell(Streams, line);

    /// <summary>What a command was asked for, on stdout. Throws <see cref="IOException"/> where that cannot be written.</summary>
    public void Print(string line) => PrintText($"{SafeText.OneLine(line)}\n");

    /// <summary>A whole text of the program's own on stdout. Throws <see cref="IOException"/> where that cannot be written.</summary>
    public void PrintText(string text)
    {
        Streams.Out.Write(Encoding.UTF8.GetBytes(text));
        Streams.Out.Flush();
    }

    private static void Tell(StandardStreams streams, string line)
    {
        try
        {
            streams.Error.WriteLine($"norris: {SafeText.OneLine(line)}");
        }
        catch (IOException)
        {
            // A full disk: there is nowhere else to say it, and the exit code still tells.
        }
    }
}
