using Norris.Actors.Protocol;
using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class SharedSessionSpec
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly RoomId Room = new(7);
    private readonly ScriptedSession _session = new();

    [Fact]
    public async Task A_screen_that_was_behind_hears_how_much_it_missed_though_nobody_speaks_any_more()
    {
        using var limit = new CancellationTokenSource(Soon);
        var screen = SharedSession.Split(_session, 2, eventsBehind: 4)[1];
        await Speak();

        List<ChatEvent> heard = [];
        while (heard.LastOrDefault() is not MissedEvent)
        {
            heard.Add(await screen.Events.ReadAsync(limit.Token));
        }

        Assert.Equal([1L, 2, 3, 4], heard.OfType<NodeEvent>().Select(e => e.Seq));
        Assert.Equal(16, Assert.Single(heard.OfType<MissedEvent>()).Count);
    }

    [Fact]
    public async Task Who_keeps_the_order_gets_all_of_it_and_its_places_though_a_screen_reads_nothing()
    {
        using var limit = new CancellationTokenSource(Soon);
        var keeper = new Keeper();
        var screen = SharedSession.Split(_session, 1, keeper, eventsBehind: 4)[0];
        await Speak();
        _session.Ends("done");
        await keeper.Over.Task.WaitAsync(limit.Token);
        Assert.Equal(new PlaceEvent(Room, 1, 0), keeper.Heard[0]);
        Assert.Equal(Enumerable.Range(1, 20), keeper.Heard.OfType<NodeEvent>().Select(e => (int)e.Seq));
        Assert.IsNotType<PlaceEvent>(await screen.Events.ReadAsync(limit.Token));
    }

    private async Task Speak()
    {
        _session.Happens(new PlaceEvent(Room, 1, 0));
        for (var seq = 1; seq <= 20; seq++)
        {
            _session.Happens(new NodeEvent(seq, 1, (ulong)seq, "127.0.0.1:1", true, null));
        }

        // Nothing more comes once somebody begins to read.
        await Eventually.Holds(() => _session.Events.Count == 0);
    }

    private sealed class Keeper : IOrderKeeper
    {
        public List<ChatEvent> Heard { get; } = [];

        public TaskCompletionSource Over { get; } = new();

        public void Take(ChatEvent happened) => Heard.Add(happened);

        public void Ended() => Over.TrySetResult();
    }
}
