using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts, and users of hers want other names.</summary>
public sealed class RenamingSpec
{
    private readonly Sequencer _ann = new(Ann, Options, TheRoom);

    [Fact]
    public void A_user_gets_another_name_by_the_rules_of_who_comes()
    {
        Found();
        BringIn(Zoe, "zoë");
        BringIn(Yan, "yan");
        Assert.Equal("Dora", NewNameOf(Zoe, "Dora"));
        Assert.Equal("zoë", NewNameOf(Yan, "zoë"));
        Assert.Equal("zoë-2", NewNameOf(Zoe, "ZOË".ToLowerInvariant()));
        Assert.Equal("Zoë-2", NewNameOf(Zoe, "Zoë-2"));

        string NewNameOf(UserId user, string wanted)
        {
            Assert.Empty(Do(Ann, new UserRenameRequest(user, wanted)).SentTo<UserRefused>(Ann));
            var renamed = Assert.Single(Published(Drain()).Select(r => r.Entry).OfType<UserRenamed>());
            Assert.Equal(user, renamed.User);

            // An old request comes again: it has been heard.
            Do(Ann, new UserRenameRequest(user, wanted));
            Assert.Empty(Published(Drain()));
            return renamed.Name;
        }
    }

    [Fact]
    public void A_name_that_cannot_be_is_refused_and_a_strangers_request_is_passed_over()
    {
        Found();
        BringIn(Zoe, "zoë");
        BringIn(Yan, "yan");
        Assert.Equal(Zoe, Assert.Single(Do(Ann, new UserRenameRequest(Zoe, "a\tb")).SentTo<UserRefused>(Ann)).User);
        Do(Ann, new UserRenameRequest(Zoe, "yan"));
        Drain();
        Assert.Contains("somebody else's", Assert.Single(Do(Ann, new UserRenameRequest(Zoe, "yan")).SentTo<UserRefused>(Ann)).Reason, StringComparison.Ordinal);

        Do(Bob, new UserRenameRequest(Zoe, "bob's now"));
        Do(Ann, new UserRenameRequest(new(9), "nobody"));
        Assert.Empty(Published(Drain()));
    }

    private void Found()
    {
        Step(e => _ann.SetView(View(Ann, Bob), At(0), e));
        foreach (var node in new[] { Ann, Bob })
        {
            Do(node, new Promise(new Epoch(1), RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default));
        }

        Drain();
    }

    private void BringIn(UserId user, string name)
    {
        Do(Ann, new UserJoinRequest(user, name, default, 1));
        Drain();
    }

    private List<Effect> Do(NodeId from, ToSequencerMessage message) => Step(e => _ann.Handle(from, message, At(0), e));

    private List<Effect> Drain() => Step(e => _ann.Drained(At(0), e));

    private static List<LogRecord> Published(List<Effect> effects) => [.. effects.OfType<Publish>().SelectMany(p => p.Batch.Records)];
}
