using Akka.Actor;
using Norris.Actors.Membership;
using Norris.Core.Protocol;

namespace Norris.Tests.Actors;

/// <summary>Whom a node asks before it goes on without a majority.</summary>
public sealed class FormerAddressesSpec
{
    private readonly FormerAddresses _former = new();

    [Fact]
    public void Who_has_left_is_asked_like_who_was_taken_out_and_who_was_there_before_this_node_came()
    {
        _former.Add(At(1), hasLeft: false);
        _former.Add(At(2), hasLeft: true);
        _former.Add(At(3), hasLeft: true);
        _former.Begin(0, isInDoubt: true, new HashSet<Address> { At(3), At(5) }, [At(2), At(4), At(5)]);
        Assert.Equal([At(1), At(2), At(4)], _former.Unanswered.OrderBy(a => a.Port));
        _former.Answered(At(1));
        Assert.False(_former.IsFinished(1));
        _former.Answered(At(2));
        _former.Answered(At(4));
        Assert.True(_former.IsFinished(1));
    }

    [Fact]
    public void Visitors_who_left_are_forgotten_before_anybody_who_was_taken_out()
    {
        _former.Add(At(1), hasLeft: false);
        for (var port = 2; port < 2000; port++)
        {
            _former.Add(At(port), hasLeft: true);
        }

        _former.Begin(0, isInDoubt: true, new HashSet<Address>(), []);
        Assert.Equal(Limits.Nodes, _former.Unanswered.Count);
        Assert.Contains(At(1), _former.Unanswered);
        Assert.DoesNotContain(At(2), _former.Unanswered);
    }

    [Fact]
    public void Who_stood_still_while_it_asked_reads_the_answers_first()
    {
        _former.Add(At(1), hasLeft: false);
        _former.Begin(0, isInDoubt: true, new HashSet<Address>(), []);
        Assert.False(_former.IsFinished(250));
        Assert.False(_former.IsFinished(20_000));
        for (var now = 20_250; now < 20_000 + 5750; now += 250)
        {
            Assert.False(_former.IsFinished(now));
        }

        Assert.True(_former.IsFinished(20_000 + 5750));
    }

    [Fact]
    public void Who_has_asked_is_asked_back_once_and_only_by_a_look_for_others_who_go_on()
    {
        _former.AskedBy(At(1));
        _former.Begin(0, isInDoubt: true, new HashSet<Address>(), []);
        Assert.Empty(_former.Unanswered);
        Assert.False(_former.IsCompared(At(1)));
        Assert.True(_former.IsFinished(1));

        for (var port = 2; port < 100; port++)
        {
            _former.AskedBy(At(port));
        }

        _former.Begin(2, isInDoubt: false, new HashSet<Address> { At(2) }, []);
        Assert.Equal(15, _former.Unanswered.Count);
        Assert.True(_former.IsCompared(At(1)));
        Assert.False(_former.IsCompared(At(2)));
        Assert.False(_former.IsCompared(null));
        foreach (var asked in _former.Unanswered.ToList())
        {
            _former.Answered(asked);
        }

        Assert.False(_former.IsCompared(At(1)));
        Assert.True(_former.IsFinished(3));
        _former.Begin(4, isInDoubt: false, new HashSet<Address>(), []);
        Assert.Empty(_former.Unanswered);
    }

    [Fact]
    public void Whether_this_node_is_left_behind_is_asked_though_it_looks_for_others_who_go_on()
    {
        _former.AskedBy(At(1));
        _former.Add(At(2), hasLeft: false);
        _former.Begin(0, isInDoubt: false, new HashSet<Address>(), []);
        _former.Answered(At(2));
        _former.Begin(1, isInDoubt: true, new HashSet<Address>(), []);
        Assert.Equal([At(2)], _former.Unanswered);
        Assert.False(_former.IsCompared(At(2)));
    }

    private static Address At(int port) => new("akka.tcp", "norris", "127.0.0.1", port);
}
