using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Tests.Session;

/// <summary>What somebody means who types, and what is shown of a page of history.</summary>
public sealed class RelationSpec
{
    private static readonly UserId Ada = new(1);
    private static readonly UserId Mary = new(2);
    private static readonly UserId MaryAnn = new(3);

    private readonly List<SaidEvent> _said = [];

    [Fact]
    public void A_reply_or_a_reaction_is_to_the_last_message_of_somebody_else_or_of_whom_one_names()
    {
        Say(Ada, "ada", "hello");
        Say(MaryAnn, "Mary Ann", "hi");
        Say(Mary, "Mary", "ho");
        Say(Ada, "ada", "well");

        Assert.Equal((new Relation(RelationKind.Reply, Id(Mary, 3)), "yes"), Wish(RelationKind.Reply, "yes"));
        Assert.Equal((new Relation(RelationKind.Reply, Id(MaryAnn, 2)), "yes"), Wish(RelationKind.Reply, "@mary ann yes"));
        Assert.Equal((new Relation(RelationKind.Reaction, Id(Mary, 3)), "👍"), Wish(RelationKind.Reaction, "@Mary 👍"));
        Assert.Equal((new Relation(RelationKind.Reply, Id(Ada, 4)), "myself"), Wish(RelationKind.Reply, "@ada myself"));
        Assert.Null(Wish(RelationKind.Reply, "@Mar yes").About);
        Assert.Null(Wish(RelationKind.Reply, "@Mary").About);
    }

    [Fact]
    public void An_edit_or_a_deletion_is_of_ones_own_last_message_that_is_not_deleted()
    {
        Assert.Null(Wish(RelationKind.Edit, "x").About);
        Say(Ada, "ada", "hello");
        Say(Ada, "ada", "oops");
        Say(Mary, "Mary", "hi");
        Assert.Equal(new Relation(RelationKind.Deletion, Id(Ada, 2)), Wish(RelationKind.Deletion, "").About);
        Say(Ada, "ada", "", RelationKind.Deletion, Id(Ada, 2));
        Assert.Equal((new Relation(RelationKind.Edit, Id(Ada, 1)), "hello, all"), Wish(RelationKind.Edit, "hello, all"));
    }

    [Fact]
    public void History_shows_what_messages_say_now_and_what_was_done_to_earlier_ones()
    {
        Say(Ada, "ada", "helo");
        Say(Ada, "ada", "oops");
        Say(Mary, "Mary", "hi", RelationKind.Reply, Id(Ada, 1));
        Say(Ada, "ada", "hello", RelationKind.Edit, Id(Ada, 1));
        Say(Ada, "ada", "", RelationKind.Deletion, Id(Ada, 2));
        Say(Mary, "Mary", "👍", RelationKind.Reaction, Id(Ada, 1));
        Say(Mary, "Mary", "as I meant", RelationKind.Edit, Id(Mary, 1)); // of before this page

        Assert.Equal(
            ["hello (edited)", "(deleted by ada)", "↳ to ada: \"hello\"\nhi", "/me reacted 👍 to ada: \"hello\"", "as I meant (edited)"],
            HistoryReading.Standing(_said, []).Select(SaidWords.Of));
    }

    [Fact]
    public void A_page_of_older_history_says_what_was_edited_and_deleted_after_it()
    {
        Say(Ada, "ada", "helo");
        Say(Ada, "ada", "oops");
        Say(Mary, "Mary", "as I meant", RelationKind.Edit, Id(Mary, 1)); // of before this page
        Say(Ada, "ada", "gone too", RelationKind.Edit, Id(Ada, 9));
        Say(Mary, "Mary", "hi", RelationKind.Reply, Id(Ada, 2));
        var page = _said.ToList();
        _said.Clear();
        Say(Ada, "ada", "hello", RelationKind.Edit, Id(Ada, 1));
        Say(Ada, "ada", "", RelationKind.Deletion, Id(Ada, 2));
        Say(Mary, "Mary", "as I mean", RelationKind.Edit, Id(Mary, 1));
        Say(Ada, "ada", "", RelationKind.Deletion, Id(Ada, 9));
        var later = _said.Select(said => said with { Seq = said.Seq + page.Count, Id = new(said.Id.User, said.Id.Counter + page.Count) }).ToList();
        Assert.Equal(
            ["hello (edited)", "(deleted by ada)", "↳ to a deleted message of ada\nhi"],
            HistoryReading.Standing(page, later).Select(SaidWords.Of));
    }

    [Fact]
    public void Of_several_edits_of_an_earlier_message_the_last_is_shown_and_none_that_is_deleted()
    {
        Say(Ada, "ada", "one", RelationKind.Edit, Id(Ada, 5));
        Say(Ada, "ada", "two", RelationKind.Edit, Id(Ada, 5));
        Say(Mary, "Mary", "three", RelationKind.Edit, Id(Mary, 5));
        Say(Mary, "Mary", "", RelationKind.Deletion, Id(Mary, 5));
        Say(Mary, "Mary", "four", RelationKind.Edit, Id(Mary, 5));
        Assert.Equal(["two (edited)", "/me deleted a message"], HistoryReading.Standing(_said, []).Select(SaidWords.Of));
    }

    [Fact]
    public void A_page_without_relations_is_shown_as_it_is()
    {
        Say(Ada, "ada", "hello");
        Assert.Same(_said, HistoryReading.Standing(_said, []));
    }

    private static MessageId Id(UserId user, long counter) => new(user, counter);

    private (Relation? About, string Text) Wish(RelationKind kind, string typed)
    {
        var conversation = new Conversation(100, 1000);
        _said.ForEach(said => conversation.Take(said.ToMessage()));
        var about = new RelationWish(kind, typed).Of([.. conversation.NewestFirst], Ada, out var text, out var whyNot);
        Assert.True(about is not null || whyNot.Length > 0);
        return (about, text);
    }

    private void Say(UserId user, string name, string text, RelationKind? kind = null, MessageId to = default)
    {
        var number = _said.Count + 1;
        _said.Add(new SaidEvent(number, 1, 0, Id(user, number), name, text, 0, number) { Relation = kind is { } how ? new Relation(how, to) : null });
    }
}
