using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts, and users of hers and of Bob's change the room's name and topic.</summary>
public sealed class RoomSettingsSpec
{
    private readonly Sequencer _ann = new(Ann, Options, TheRoom);

    public RoomSettingsSpec()
    {
        Step(e => _ann.SetView(View(Ann, Bob), At(0), e));
        foreach (var node in new[] { Ann, Bob })
        {
            Do(node, new Promise(new Epoch(1), RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default));
        }

        Do(Ann, new UserJoinRequest(Zoe, "zoë", default, 1));
        Do(Ann, new UserJoinRequest(Yan, "yan", default, 1));
        Drain();
    }

    [Fact]
    public void A_change_has_one_place_however_often_it_is_asked_for()
    {
        var lunch = new RoomChanged(Zoe, RoomSettingKind.Topic, "lunch", default);
        Do(Ann, new RoomChangeRequest(lunch));
        Do(Ann, new RoomChangeRequest(lunch));
        var at = Assert.Single(Changes()).First;

        Do(Ann, new RoomChangeRequest(new RoomChanged(Yan, RoomSettingKind.Topic, "tea", at)));
        Assert.Single(Changes());

        // An old request comes late: what somebody else has set since stays.
        Do(Ann, new RoomChangeRequest(lunch));
        Assert.Empty(Changes());
        Do(Ann, new RoomChangeRequest(new RoomChanged(Zoe, RoomSettingKind.Name, "Kitchen", default)));
        Assert.Single(Changes());
    }

    [Theory]
    [InlineData(RoomSettingKind.Name, "a:b")]
    [InlineData(RoomSettingKind.Topic, " lunch")]
    [InlineData(RoomSettingKind.Topic, "a\nb")]
    public void What_is_in_no_normal_form_has_no_place(RoomSettingKind setting, string text)
    {
        Do(Ann, new RoomChangeRequest(new RoomChanged(Zoe, setting, text, default)));
        Assert.Empty(Changes());
    }

    [Fact]
    public void Nobody_changes_it_in_anothers_name_or_from_outside()
    {
        Do(Bob, new RoomChangeRequest(new RoomChanged(Zoe, RoomSettingKind.Topic, "lunch", default)));
        Do(Ann, new RoomChangeRequest(new RoomChanged(new(99), RoomSettingKind.Topic, "lunch", default)));
        Assert.Empty(Changes());
    }

    [Fact]
    public void Whoever_wants_a_change_asks_until_it_is_there()
    {
        var wishes = new SettingWishes(Options);
        var room = new RoomState(NewRoom);
        var lunch = new RoomChanged(Zoe, RoomSettingKind.Topic, "lunch", default);
        Assert.Equal(new SendToSequencer(new RoomChangeRequest(lunch)), Assert.Single(Step(e => wishes.Ask(lunch, At(0), e))));
        Assert.Empty(Step(e => wishes.Tick(room, At(100), e)));
        Assert.Single(Step(e => wishes.Tick(room, At(200), e)).OfType<SendToSequencer>());
        Assert.Empty(Step(e => wishes.Tick(null, At(400), e)));
        Assert.Equal(new RoomChangeAnswered(lunch, null), Assert.Single(Step(e => wishes.Delivered(lunch, e))));
        Assert.Empty(Step(e => wishes.Tick(room, At(600), e)));
    }

    [Fact]
    public void Whoever_was_not_the_first_is_told_so()
    {
        var wishes = new SettingWishes(Options);
        var lunch = new RoomChanged(Zoe, RoomSettingKind.Topic, "lunch", default);
        Step(e => wishes.Ask(lunch, At(0), e));
        Assert.Empty(Step(e => wishes.Delivered(new RoomChanged(Yan, RoomSettingKind.Name, "Kitchen", default), e)));
        Assert.Contains("somebody else", Assert.IsType<RoomChangeAnswered>(Assert.Single(Step(e => wishes.Delivered(lunch with { By = Yan, Text = "tea" }, e)))).WhyNot, StringComparison.Ordinal);
        Assert.Equal(0, wishes.Count);
    }

    [Theory]
    [InlineData("lunch", true)]
    [InlineData("tea", false)]
    public void Whoever_comes_back_as_a_newcomer_reads_from_the_room_what_came_of_it(string topic, bool isDone)
    {
        var wishes = new SettingWishes(Options);
        var lunch = new RoomChanged(Zoe, RoomSettingKind.Topic, "lunch", default);
        Step(e => wishes.Ask(lunch, At(0), e));
        var room = new RoomState(NewRoom with { Settings = RoomSettings.None with { Topic = new(topic, Nr(9)) } });
        Assert.Equal(isDone, Assert.IsType<RoomChangeAnswered>(Assert.Single(Step(e => wishes.Tick(room, At(200), e)))).WhyNot is null);
    }

    [Theory]
    [InlineData(RoomSettingKind.Topic, "  lunch  ", "lunch")]
    [InlineData(RoomSettingKind.Topic, "e\u0301", "\u00e9")]
    [InlineData(RoomSettingKind.Name, "Ｋitchen", "Kitchen")]
    [InlineData(RoomSettingKind.Name, "", "")]
    [InlineData(RoomSettingKind.Last, "050", "50")]
    [InlineData(RoomSettingKind.Last, "200", "200")]
    [InlineData(RoomSettingKind.Last, "0", "")]
    public void Texts_have_a_normal_form(RoomSettingKind setting, string wanted, string normal)
    {
        Assert.True(RoomSettings.TryNormalise(setting, wanted, out var text, out _));
        Assert.Equal(normal, text);
        Assert.True(RoomSettings.IsNormal(setting, text));
    }

    [Fact]
    public void Some_texts_have_none()
    {
        string[] bad = ["a\u2028b", "\ud800", new string('x', Limits.TopicLength + 1), "   "];
        Assert.All(bad, text => Assert.False(RoomSettings.TryNormalise(RoomSettingKind.Topic, text, out _, out _)));
        bad = ["201", "-1", "+5", " 5", "5.", "all", "٥", "99999999999"];
        Assert.All(bad, text => Assert.False(RoomSettings.TryNormalise(RoomSettingKind.Last, text, out _, out _)));
    }

    private List<LogRecord> Changes() => [.. Drain().OfType<Publish>().SelectMany(p => p.Batch.Records).Where(r => r.Entry is RoomChanged)];

    private List<Effect> Do(NodeId from, ToSequencerMessage message) => Step(e => _ann.Handle(from, message, At(0), e));

    private List<Effect> Drain() => Step(e => _ann.Drained(At(0), e));
}
