namespace Norris.Tests.Processes;

/// <summary>A room of several processes. All know of each other before a test begins.</summary>
internal sealed class Room : IAsyncDisposable
{
    // While the host changes, nobody hears anything.
    private static readonly TimeSpan TalkLimit = TimeSpan.FromMinutes(3);

    private readonly List<NorrisProcess> _nodes = [];

    /// <summary>In the order in which they came; the first is the first host.</summary>
    public IReadOnlyList<NorrisProcess> Nodes => _nodes;

    public static string Name(int number) => $"user{number}";

    public static async Task<Room> Of(int count, params string[] more)
    {
        var room = new Room();
        try
        {
            room._nodes.Add(await NorrisProcess.Host(Name(0), more));
            while (room._nodes.Count < count)
            {
                await room.Join(Name(room._nodes.Count), more);
            }

            foreach (var node in room.Nodes)
            {
                await node.WaitFor(line => line.Event == "joined" && line.Text("user") == Name(count - 1), "that the last one joined");
            }

            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    public async Task<NorrisProcess> Join(string name, params string[] more)
    {
        var node = await NorrisProcess.Join(_nodes[0], name, more);
        _nodes.Add(node);
        return node;
    }

    /// <summary>
    /// Lets a node talk without a pause until it is enough: there is always a piece on its way while it waits for the one before.
    /// Gives what it said.
    /// </summary>
    public async Task<IReadOnlyList<string>> Talk(int number, CancellationToken enough)
    {
        const int Piece = 200;
        const int Most = 100_000;
        var (node, lines) = (_nodes[number], RealText.Lines(Name(number), Most));
        var said = 0;
        while (said < Most && (!enough.IsCancellationRequested || said == 0))
        {
            await node.Type(string.Concat(lines.Skip(said).Take(Piece).Select(line => line + "\n")));
            if (said > 0)
            {
                var last = lines[said - 1];
                await node.WaitFor(line => line.Text("text") == last, "the end of the last piece but one", TalkLimit);
            }

            said += Piece;
        }

        return lines[..said];
    }

    /// <summary>Sends all that are left home, the youngest first, and sees to it that they leave properly.</summary>
    public async Task LeaveAll()
    {
        foreach (var node in Enumerable.Reverse(_nodes).Where(node => !node.HasExited))
        {
            await node.Type("/leave\n");
            var code = await node.Exit();
            Assert.True(code == 0, node.Report("did not leave properly"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
