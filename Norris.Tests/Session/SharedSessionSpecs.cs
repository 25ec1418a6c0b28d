using Norris.Actors.Protocol;
using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class SharedSessionSpecs
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly RoomId Room = new(7);

    [Fact]
    public async Task A_recorder_that_was_behind_hears_how_much_and_where_the_order_goes_on_though_nobody_speaks_any_more()
    {
        using var limit = new CancellationTokenSource(Soon);
        var session = new ScriptedSession();
        var sharers = SharedSession.Split(session, 2, eventsBehind: 4, recorders: 1);
        session.Happens(new PlaceEvent(Room, 1, 0));
        for (var seq = 1; seq <= 20; seq++)
        {
            session.Happens(new NodeEvent(seq, 1, (ulong)seq, "127.0.0.1:1", true, null));
        }

        // Nothing more comes once this one begins to read.
        while (session.Events.Count > 0)
        {
            await Task.Delay(1, limit.Token);
        }

        List<ChatEvent> heard = [];
        while (heard.LastOrDefault() is not PlaceEvent { Next: > 1 })
        {
            heard.Add(await sharers[1].Events.ReadAsync(limit.Token));
        }

        var missed = Assert.Single(heard.OfType<MissedEvent>()).Count;
        Assert.InRange(missed, 16, 17);
        Assert.Equal([1L, 2, 3], heard.OfType<NodeEvent>().Select(e => e.Seq));
        Assert.Equal(new PlaceEvent(Room, missed + 4, (ulong)missed + 3), heard[^1]);
    }
}
