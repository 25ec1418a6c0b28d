using Akka.Event;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;
using Norris.Actors.Transport;

namespace Norris.Tests.Transport;

public sealed class ComplaintsSpec() : TestKit("akka.loglevel = WARNING, akka.stdout-loglevel = OFF, akka.loggers = []")
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>What only members say: a stranger's is told, and once for all of it; a newcomer's and a former member's is not.</summary>
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    public async Task Of_who_is_no_member_there_is_one_line_unless_it_was_one_or_is_one_a_moment_later(bool before, bool after, bool isTold)
    {
        var log = CreateTestProbe();
        Sys.EventStream.Subscribe(log, typeof(Warning));
        var complaints = new Complaints(Logging.GetLogger(Sys, typeof(ComplaintsSpec)), _time);
        var isMember = before;
        var peer = new Peer(new Origin("tcp", "norris", "127.0.0.1", 4711, 7), () => isMember, _time);
        Assert.Equal(before, peer.IsMember);
        isMember = false;

        var looks = Enumerable.Range(0, 100).Select(_ => complaints.SayUnless(() => peer.IsMember || peer.HasBeenMember, "Refused it from {0}.", peer.Origin)).ToList();
        isMember = after;
        _time.Advance(TimeSpan.FromSeconds(5));
        await Task.WhenAll(looks);
        complaints.Say("The end of {0}.", peer.Origin);
        if (isTold)
        {
            Assert.Equal($"Refused it from {peer.Origin}.", $"{(await log.ExpectMsgAsync<Warning>()).Message}");
        }

        Assert.Equal($"The end of {peer.Origin}.", $"{(await log.ExpectMsgAsync<Warning>()).Message}");
    }

    [Fact]
    public async Task Who_could_not_be_looked_up_once_is_looked_up_the_next_time()
    {
        var log = CreateTestProbe();
        Sys.EventStream.Subscribe(log, typeof(Warning));
        var complaints = new Complaints(Logging.GetLogger(Sys, typeof(ComplaintsSpec)), _time);
        var fails = complaints.SayUnless(() => throw new InvalidOperationException(), "Refused it from {0}.", "eve");
        _time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<InvalidOperationException>(() => fails);

        var looks = complaints.SayUnless(() => false, "Refused it from {0}.", "eve");
        _time.Advance(TimeSpan.FromSeconds(5));
        await looks;
        Assert.Equal("Refused it from eve.", $"{(await log.ExpectMsgAsync<Warning>()).Message}");
    }
}
