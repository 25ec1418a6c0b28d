using System.Text;
using CsCheck;
using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

public sealed class ConversationSpec
{
    private static readonly MessageId Hello = new(Zoe, 1);
    private readonly Conversation _conversation = new(100, 10_000);
    private long _next;

    [Fact]
    public void An_edit_stands_in_the_place_of_what_was_said()
    {
        Say(Zoe, 1, "helo");
        Say(Zoe, 2, "hello", RelationKind.Edit, Hello);
        Say(Zoe, 3, "hello!", RelationKind.Edit, Hello);

        var now = Find(Hello);
        Assert.Equal(("helo", "hello!", 3L, false), (now.Said.Text, now.Text, now.EditedAt, now.IsDeleted));
        Assert.Equal([Hello], _conversation.NewestFirst.Select(m => m.Said.Id));
    }

    [Fact]
    public void What_is_deleted_has_no_text_and_no_reactions_whatever_comes_later()
    {
        Say(Zoe, 1, "hello");
        Say(Yan, 1, "👍", RelationKind.Reaction, Hello);
        Say(Zoe, 2, "", RelationKind.Deletion, Hello);
        Say(Zoe, 3, "hello again", RelationKind.Edit, Hello);
        Say(Yan, 2, "❤", RelationKind.Reaction, Hello);

        var now = Find(Hello);
        Assert.Equal(("", true, 0), (now.Text, now.IsDeleted, now.Reactions.Length));
    }

    [Fact]
    public void The_same_reaction_once_more_takes_it_back()
    {
        Say(Zoe, 1, "hello");
        Say(Yan, 1, "👍", RelationKind.Reaction, Hello);
        Say(Zoe, 2, "👍", RelationKind.Reaction, Hello);
        Say(Yan, 2, "❤", RelationKind.Reaction, Hello);
        Assert.Equal([("👍", "yan zoe"), ("❤", "yan")], Reactions());

        Say(Yan, 3, "👍", RelationKind.Reaction, Hello);
        Assert.Equal([("👍", "zoe"), ("❤", "yan")], Reactions());
        Say(Zoe, 3, "👍", RelationKind.Reaction, Hello);
        Assert.Equal([("❤", "yan")], Reactions());
    }

    [Fact]
    public void Nobody_changes_what_somebody_else_has_said()
    {
        Say(Zoe, 1, "hello");
        Say(Yan, 1, "I resign", RelationKind.Edit, Hello);
        Say(Yan, 2, "", RelationKind.Deletion, Hello);
        Assert.Equal(("hello", null, false), (Find(Hello).Text, Find(Hello).EditedAt, Find(Hello).IsDeleted));
    }

    [Fact]
    public void Nothing_is_about_an_edit_a_deletion_or_a_reaction_and_a_reply_is_a_message()
    {
        Say(Zoe, 1, "hello");
        Say(Zoe, 2, "hallo", RelationKind.Edit, Hello);
        Say(Zoe, 3, "hullo", RelationKind.Edit, new(Zoe, 2));
        Say(Yan, 1, "hi", RelationKind.Reply, Hello);
        Say(Yan, 2, "hey", RelationKind.Edit, new(Yan, 1));
        Assert.Equal(("hallo", "hey"), (Find(Hello).Text, Find(new(Yan, 1)).Text));
        Assert.Null(_conversation.Find(new(Zoe, 2)));
    }

    [Fact]
    public void Who_guesses_the_id_of_what_is_to_come_changes_nothing()
    {
        Say(Yan, 1, "👍", RelationKind.Reaction, Hello);
        Say(Zoe, 1, "hello");
        Assert.Empty(Reactions());
    }

    [Fact]
    public void An_earlier_page_is_shown_with_what_came_of_it()
    {
        _next = 10;
        Say(Zoe, 2, "hello", RelationKind.Edit, Hello);
        Say(Yan, 1, "👍", RelationKind.Reaction, Hello);
        Assert.Null(_conversation.Find(Hello));
        _next = 0;
        Say(Zoe, 1, "helo");
        Assert.Equal(("hello", 1), (Find(Hello).Text, Find(Hello).Reactions.Length));
    }

    [Fact]
    public void What_was_taken_back_counts_no_more_and_may_come_again()
    {
        Say(Zoe, 1, "hello");
        Say(Yan, 1, "👍", RelationKind.Reaction, Hello);
        Say(Zoe, 2, "hallo", RelationKind.Edit, Hello);
        _conversation.Retract(Nr(2), Nr(3));
        Assert.Equal(("hello", 0), (Find(Hello).Text, Find(Hello).Reactions.Length));

        _next = 1;
        Say(Yan, 1, "👍", RelationKind.Reaction, Hello);
        Assert.Equal([("👍", "yan")], Reactions());
    }

    [Fact]
    public void The_oldest_are_forgotten()
    {
        for (var i = 1; i <= 200; i++)
        {
            Say(Zoe, i, "x");
        }

        Assert.Equal(100, _conversation.NewestFirst.Count());
        Say(Zoe, 201, new string('x', 9_990));
        Assert.Equal(11, _conversation.NewestFirst.Count());
        Say(Zoe, 202, new string('x', 20_000)); // one is kept, however long
        Assert.Equal([202L], _conversation.NewestFirst.Select(m => m.Said.Id.Counter));
    }

    [Fact]
    public void A_message_shows_a_bounded_number_of_reactions()
    {
        Say(Zoe, 1, "hello");
        for (var i = 0; i < Conversation.Reactions + 5; i++)
        {
            Say(Yan, i + 1, $"{(char)('!' + i)}", RelationKind.Reaction, Hello);
        }

        Assert.Equal(Conversation.Reactions, Find(Hello).Reactions.Length);
    }

    [Fact]
    public void Where_one_begins_and_in_which_order_pages_come_makes_no_difference() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 6], Gen.Int[0, 4], Gen.Int[0, 2]).Array[1, 40].Select(Gen.Int[0, 20]).Sample(
            (said, split) =>
            {
                var (whole, pages) = (new Conversation(1000, 100_000), new Conversation(1000, 100_000));
                UserId[] users = [Zoe, Yan, new(9)];
                var order = said.Select((s, i) => new SaidMessage(
                    Nr(i + 1), new(users[s.Item1], i + 1), "x", s.Item3 == 3 ? "" : $"{s.Item4}", i, s.Item3 == 0 ? null : new Relation((RelationKind)s.Item3, new(users[s.Item4], s.Item2)))).ToList();
                order.ForEach(whole.Take);
                order.Skip(split).Concat(order.Take(split)).Concat(order).ToList().ForEach(pages.Take);
                Assert.Equal(whole.NewestFirst.Select(Shown), pages.NewestFirst.Select(Shown));
            },
            iter: 2_000,
            threads: 1);

    [Theory]
    [InlineData("👍", true)]
    [InlineData("👨‍👩‍👧‍👦", true)]
    [InlineData("🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", true)]
    [InlineData("é", true)]
    [InlineData("ok", false)]
    [InlineData("", false)]
    [InlineData(" ", false)]
    [InlineData("\n", false)]
    public void A_reaction_is_one_character(string text, bool isOne) =>
        Assert.Equal(isOne, Relation.WhyNot(new Relation(RelationKind.Reaction, Hello), Encoding.UTF8.GetBytes(text), Yan) is null);

    [Fact]
    public void Only_ones_own_can_be_edited_or_deleted()
    {
        Assert.Null(Relation.WhyNot(new Relation(RelationKind.Edit, Hello), "x"u8, Zoe));
        Assert.NotNull(Relation.WhyNot(new Relation(RelationKind.Edit, Hello), "x"u8, Yan));
        Assert.NotNull(Relation.WhyNot(new Relation(RelationKind.Edit, Hello), ""u8, Zoe));
        Assert.Null(Relation.WhyNot(new Relation(RelationKind.Deletion, Hello), ""u8, Zoe));
        Assert.NotNull(Relation.WhyNot(new Relation(RelationKind.Deletion, Hello), ""u8, Yan));
        Assert.NotNull(Relation.WhyNot(new Relation(RelationKind.Deletion, Hello), "x"u8, Zoe));
        Assert.Null(Relation.WhyNot(new Relation(RelationKind.Reply, Hello), "x"u8, Yan));
        Assert.NotNull(Relation.WhyNot(new Relation((RelationKind)9, Hello), "x"u8, Zoe));
        Assert.NotNull(Relation.WhyNot(new Relation(RelationKind.Reply, new(Zoe, 0)), "x"u8, Yan));
    }

    [Fact]
    public void A_relation_is_in_the_transcript_hash()
    {
        ulong Hash(Relation? about)
        {
            var builder = new SaidBlock.Builder(Zoe, 5);
            builder.Add("x"u8, 0, about);
            return TranscriptHash.After(Record(9, 1, new Said(builder.Seal()!)), 17);
        }

        Relation?[] relations = [null, new(RelationKind.Reply, Hello), new(RelationKind.Reply, new(Zoe, 2)), new(RelationKind.Reply, new(Yan, 1)), new(RelationKind.Edit, Hello), new(RelationKind.Reaction, Hello)];
        Assert.Equal(relations.Length, relations.Select(Hash).Distinct().Count());
    }

    [Theory]
    [InlineData("0000000000000007-1", true)]
    [InlineData("000000000000000A-1", false)] // as it is written, and no other way
    [InlineData("0000000000000007-01", false)]
    [InlineData("0000000000000007-0", false)]
    [InlineData("7-1", false)]
    [InlineData("0000000000000007", false)]
    [InlineData("0000000000000007-", false)]
    [InlineData("0000000000000007-9223372036854775807", false)]
    [InlineData(null, false)]
    public void An_id_is_read_as_it_is_written(string? text, bool isOne)
    {
        Assert.Equal(isOne, MessageId.TryParse(text, out var id));
        Assert.True(!isOne || id.ToString() == text);
    }

    private static string Shown(StandingMessage m) =>
        $"{m.Said.Id} {m.Text} {m.EditedAt} {m.IsDeleted} {string.Join(' ', m.Reactions.Select(r => $"{r.Text}:{string.Join(',', r.By.Select(b => b.User))}"))}";

    private StandingMessage Find(MessageId id) => _conversation.Find(id)!;

    private IEnumerable<(string, string)> Reactions() => Find(Hello).Reactions.Select(r => (r.Text, string.Join(' ', r.By.Select(b => b.Name))));

    private void Say(UserId user, long counter, string text, RelationKind? kind = null, MessageId to = default) => _conversation.Take(new SaidMessage(
        Nr(++_next), new(user, counter), user == Zoe ? "zoe" : "yan", text, _next, kind is { } how ? new Relation(how, to) : null));
}
