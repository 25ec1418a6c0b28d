using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Bob hosts, and Ann, whose address is lower, is the other one; she dies.</summary>
public sealed class TwoInARoomSpec
{
    private readonly Sequencer _bob = new(Bob, Options, TheRoom);
    private readonly Replica _bobs = new(Bob, Options);
    private readonly Replica _anns = new(Ann, Options);
    private readonly List<LogRecord> _published = [];
    private bool _annLives = true;
    private int _acksOfAnn;
    private long _at;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_newcomer_that_dies_as_it_comes_in_takes_nothing_with_it(int acksBefore)
    {
        See([Bob], []);
        Perform(Bob, Step(e => _bobs.Join(At(_at), e)));
        Settle();
        Assert.NotNull(_bobs.Room);

        _acksOfAnn = acksBefore;
        See([Ann, Bob], []);
        Perform(Ann, Step(e => _anns.Join(At(_at), e)));
        Settle(20);
        Assert.Contains(_published, r => r.Entry is NodeJoined joined && joined.Node == Ann);

        _annLives = false;
        See([Bob], [Ann]);
        Settle();
        Assert.Contains(_published, r => r.Entry is NodeLeft left && left.Node == Ann);
        Assert.DoesNotContain(_published, r => r.Entry is EpochStarted { MayHaveLost: true });
    }

    /// <summary>Half of a room, with the lowest node, goes on alone after a while; Bob stood still, and wakes up when Ann is dead.</summary>
    [Fact]
    public void A_host_that_slept_and_finds_the_half_dead_that_could_go_on_without_it_says_that_something_may_be_lost()
    {
        See([Bob], []);
        Perform(Bob, Step(e => _bobs.Join(At(_at), e)));
        Settle();
        _acksOfAnn = int.MaxValue;
        See([Ann, Bob], []);
        Perform(Ann, Step(e => _anns.Join(At(_at), e)));
        Settle();
        Assert.NotNull(_anns.Room);

        _annLives = false;
        _at += 10_000;
        See([Bob], [Ann]);
        Settle();
        Assert.Contains(_published, r => r.Entry is NodeLeft left && left.Node == Ann);
        Assert.Contains(_published, r => r.Entry is EpochStarted { MayHaveLost: true });
    }

    private void Settle(long milliseconds = 4000)
    {
        for (var until = _at + milliseconds; _at < until; _at += 10)
        {
            Perform(Bob, Step(e => _bob.Tick(At(_at), e)));
            Perform(Bob, Step(e => _bobs.Tick(At(_at), e)));
            if (_annLives)
            {
                Perform(Ann, Step(e => _anns.Tick(At(_at), e)));
            }
        }
    }

    private void See(NodeId[] present, NodeId[] dead)
    {
        var view = new ClusterView(present.ToHashSet(), dead.ToHashSet());
        _bobs.SetView(view, At(_at));
        _anns.SetView(view, At(_at));
        Perform(Bob, Step(e => _bob.SetView(view, At(_at), e)));
    }

    private void Perform(NodeId by, List<Effect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Send { Message: ToReplicaMessage m } e:
                    ToReplica(by, e.To, m);
                    break;
                case Send { Message: ToSequencerMessage m }:
                    ToSequencer(by, m);
                    break;
                case SendToSequencer e:
                    ToSequencer(by, e.Message);
                    break;
                case Publish e:
                    _published.AddRange(e.Batch.Records);
                    ToReplica(by, Bob, e.Batch);
                    ToReplica(by, Ann, e.Batch);
                    break;
            }
        }
    }

    private void ToSequencer(NodeId from, ToSequencerMessage message)
    {
        if (from == Ann && message is Ack && _acksOfAnn-- <= 0)
        {
            return;
        }

        Perform(Bob, Step(e => _bob.Handle(from, message, At(_at), e)));
        Perform(Bob, Step(e => _bob.Drained(At(_at), e)));
    }

    private void ToReplica(NodeId from, NodeId to, ToReplicaMessage message)
    {
        if (to == Ann && !_annLives)
        {
            return;
        }

        var replica = to == Bob ? _bobs : _anns;
        Perform(to, Step(e => replica.Handle(from, message, At(_at), e)));
        Perform(to, Step(e => replica.Drained(At(_at), e)));
    }
}
