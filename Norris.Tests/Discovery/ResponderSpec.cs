using Norris.Node.Discovery;
using Norris.Node.Session;

namespace Norris.Tests.Discovery;

/// <summary>When a node says that its room is there.</summary>
public sealed class ResponderSpec
{
    private const int Delay = 20;
    private static readonly Announcement Here = Announcement.Of("norris-1", new Endpoint("192.168.1.7", 4053), "0123456789abcdef")!;

    private readonly Responder _responder = new(() => Delay);

    [Fact]
    public void What_is_new_is_said_twice_a_second_apart_and_then_no_more()
    {
        Assert.Equal([0, 1000], Sent(0, 10_000, _ => Here));
        Assert.Null(_responder.Due);
    }

    [Fact]
    public void A_new_day_or_address_is_said_at_once_but_not_within_a_second()
    {
        var tomorrow = Here with { Mark = "fedcba9876543210" };

        Assert.Equal([0, 1000, 1500 + 500, 3000], Sent(0, 10_000, now => now < 1500 ? Here : tomorrow));
    }

    [Fact]
    public void Who_asks_is_answered_a_moment_later()
    {
        Sent(0, 5000, _ => Here);
        _responder.Hear(Announcement.Question, 5000);

        Assert.Equal(5000 + Delay, _responder.Due);
        Assert.Equal([5000 + Delay], Sent(5000, 10_000, _ => Here));
    }

    [Fact]
    public void However_many_ask_a_second_has_one_answer()
    {
        Sent(0, 5000, _ => Here);
        var sent = new List<long>();
        for (var now = 5000L; now < 10_000; now++)
        {
            _responder.Hear(Announcement.Question, now);
            if (_responder.Next(Here, now) is not null)
            {
                sent.Add(now);
            }
        }

        Assert.Equal([5020, 6020, 7020, 8020, 9020], sent);
    }

    [Fact]
    public void Who_names_it_as_known_or_asks_for_something_else_is_not_answered()
    {
        Sent(0, 5000, _ => Here);
        var own = Here.Message().Records.OfType<DnsRecord.Pointer>().Single();
        _responder.Hear(Announcement.Question with { Records = [own] }, 5000);
        _responder.Hear(new(false, [new(DnsName.Of(["_ipp", "_tcp", "local"])!, DnsKind.Ptr)], []), 5000);
        _responder.Hear(new(false, [new(Announcement.Rooms, DnsKind.Txt)], []), 5000);
        _responder.Hear(Here.Message(), 5000);
        Assert.Null(_responder.Due);

        _responder.Hear(Announcement.Question with { Records = [own with { Seconds = own.Seconds / 2 - 1 }] }, 5000);
        Assert.NotNull(_responder.Due);
    }

    [Fact]
    public void Nothing_is_said_before_there_is_something_to_say_and_a_goodbye_after_it()
    {
        _responder.Hear(Announcement.Question, 0);
        Assert.Empty(Sent(0, 5000, _ => null));
        Assert.Null(_responder.Next(null, 5000));
        Sent(5000, 5001, _ => Here);

        var goodbye = _responder.Next(null, 5001)!;

        Assert.All(goodbye.Records, record => Assert.Equal(0u, record.Seconds));
        Assert.Null(_responder.Next(null, 9000));
    }

    /// <summary>When something is sent, asked every ms.</summary>
    private List<int> Sent(int from, int to, Func<int, Announcement?> current) =>
        [.. Enumerable.Range(from, to - from).Where(now => _responder.Next(current(now), now) is not null)];
}
