using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

public sealed class HeldBackSpec
{
    private readonly LivedHistory _lived = new(1_200);
    private readonly HeldBack _held = new(limit: 10);

    [Fact]
    public void In_a_uniform_room_everything_delivered_is_written_at_once()
    {
        Start(1, DeliveryLevel.Uniform);
        Take(1, 5);
        Assert.Equal([1, 2, 3, 4, 5], Written());
    }

    [Fact]
    public void In_an_agreed_room_only_what_a_quorum_has_is_written()
    {
        Start(1);
        Take(1, 5);
        Assert.Empty(Written());
        Assert.Equal([1, 2, 3], Written(settled: 3));
        Assert.Equal([4, 5], Written(settled: 5));
    }

    [Fact]
    public void What_was_settled_before_the_order_went_on_elsewhere_says_nothing_of_what_comes_after()
    {
        Start(1);
        Take(1, 5);
        Written(settled: 5);
        Start(4);
        Take(4, 6);
        Assert.Empty(Written());
        Assert.Equal([4, 5, 6], Written(settled: 6));
    }

    [Fact]
    public void What_waits_is_given_up_when_the_order_goes_on_elsewhere()
    {
        Start(1);
        Take(1, 5);
        Start(4);
        Take(4, 6);
        Assert.Equal([4, 5, 6], Written(settled: 6));
    }

    [Fact]
    public void Beyond_the_limit_the_oldest_is_given_up_and_named()
    {
        Start(1);
        Take(1, 10);
        Assert.Equal(new LogRange(1, 1), _held.Take(_lived.At(11)));
        Assert.Equal([.. Enumerable.Range(2, 10)], Written(settled: 11).Select(seq => (int)seq));
    }

    [Fact]
    public void After_a_jump_nothing_is_written_under_a_hash_that_is_not_known()
    {
        Start(1, DeliveryLevel.Uniform);
        Take(1, 2);
        Written();
        Assert.Equal(new LogRange(3, 9), _held.Take(_lived.At(9)));
        Take(10, 11);
        Assert.Equal([10, 11], Written());
    }

    private void Start(long next, DeliveryLevel delivery = DeliveryLevel.Agreed) => _held.Place(new PlaceEvent(_lived.Room, next, _lived.HashBefore(next), delivery));

    private void Take(long first, long last)
    {
        for (var seq = first; seq <= last; seq++)
        {
            Assert.Null(_held.Take(_lived.At(seq)));
        }
    }

    private List<long> Written(long? settled = null)
    {
        if (settled is { } upTo)
        {
            _held.Settle(upTo);
        }

        var written = new List<long>();
        while (_held.Next() is { } entry)
        {
            Assert.Equal(_lived.Room, entry.Room);
            Assert.Equal(_lived.HashBefore(entry.Entry.Seq), entry.HashBefore);
            written.Add(entry.Entry.Seq);
        }

        return written;
    }
}
