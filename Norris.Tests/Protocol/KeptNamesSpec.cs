using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Zoë has left, and somebody else wants her name; the hosts' wall clocks are hours and years apart.</summary>
public sealed class KeptNamesSpec
{
    private const long Hour = 60 * 60 * 1000;
    private static readonly OwnerId Owner = new(12);

    [Theory]
    [InlineData(5 * Hour)]
    [InlineData(-5 * Hour)]
    [InlineData(40 * 24 * Hour)]
    [InlineData(-60 * 365 * 24 * Hour)]
    public void A_new_host_keeps_a_name_for_its_owner_whatever_its_clock_says(long apart)
    {
        var reign = AfterZoe(apart);
        Assert.Equal("zoë-2", NameOf(reign, Yan, apart, elapsed: 1_000));
        Assert.Equal("zoë-3", NameOf(reign, new UserId(9), apart, elapsed: Limits.NameKeptFor));
        Assert.Equal("zoë", NameOf(reign, new UserId(10), apart, elapsed: Limits.NameKeptFor + 1));
    }

    [Fact]
    public void Who_leaves_in_this_reign_is_counted_from_then_on_though_the_wall_clock_jumps()
    {
        var reign = AfterZoe(0);
        Step(e => reign.Handle(Ann, new UserJoinRequest(Yan, "yan", Proof("yan's own", Ann, Yan), 1), At(5_000), e));
        Step(e => reign.Handle(Ann, new UserLeaveRequest(Yan), At(Limits.NameKeptFor), e));
        Assert.Equal("yan-2", NameOf(reign, new UserId(9), 5 * Hour, elapsed: 2 * Limits.NameKeptFor, wanted: "yan"));
        Assert.Equal("yan", NameOf(reign, new UserId(10), -5 * Hour, elapsed: (2 * Limits.NameKeptFor) + 1, wanted: "yan"));
    }

    private static Reign AfterZoe(long apart)
    {
        var log = new Log(NewRoom);
        log.Append(Record(1, 1, new UserJoined(Zoe, "zoë", Ann, Owner, 1)));
        log.Append(Record(2, 1, new UserLeft(Zoe, LeaveReason.Crashed)));
        return Reign.GoOn(Ann, Options, new Epoch(2), log, default, false, new HashSet<NodeId>(), View(Ann), new Now(0, At(0).Wall + apart));
    }

    private static string NameOf(Reign reign, UserId user, long apart, long elapsed, string wanted = "zoë")
    {
        var now = new Now(elapsed, At(0).Wall + apart);
        Step(e => reign.Drained(now, e));
        Step(e => reign.Handle(Ann, new UserJoinRequest(user, wanted, default, 1), now, e));
        return Step(e => reign.Drained(now, e)).OfType<Publish>().SelectMany(p => p.Batch.Records).Select(r => r.Entry).OfType<UserJoined>().Last().Name;
    }
}
