using Norris.Core.Protocol;
using Norris.Node.Archive;

namespace Norris.Tests.Archive;

/// <summary>Messages about others: what they say now, what a page says of it, and what goes together.</summary>
public abstract partial class HistoryStoreContract
{
    private static readonly RoomId s_said = new(77);

    [SkippableFact]
    public async Task A_search_finds_what_messages_say_now()
    {
        var said = new SaidRoom(s_said).Say(SaidRoom.Ada, "tea at four")
            .Change(RelationKind.Edit, 1, "tea at five")
            .Change(RelationKind.Edit, 1, "tea at six")
            .Say(SaidRoom.Bob, "no tea for me", RelationKind.Reply, 1)
            .Say(SaidRoom.Bob, "tea, please")
            .Change(RelationKind.Deletion, 5)
            .Say(SaidRoom.Bob, "🫖", RelationKind.Reaction, 1)
            .Say(SaidRoom.Bob, "a 🫖 of tea");
        await Store.Append(said.All);

        async Task<IEnumerable<long>> Found(string words, long before = long.MaxValue) => (await Find(s_said, words, before, 10)).Select(m => m.Seq);
        Assert.Equal([8L, 4, 3], await Found("tea"));
        Assert.Equal([3L], await Found("from:ada"));
        Assert.Equal([8L, 4], await Found("from:bob"));
        Assert.Equal([8L], await Found("🫖"));
        Assert.Empty(await Found("tea", 2)); // what was said then is said no more
        Assert.Equal([4L], (await Find(s_said, "tea", 8, 1)).Select(m => m.Seq));
        Assert.Equal(said.Entries, (await Store.After(s_said, 0, 100)).Entries); // and an archive keeps all of it
    }

    [SkippableFact]
    public async Task A_page_says_what_has_become_of_its_messages_after_it()
    {
        var said = new SaidRoom(s_said).Say(SaidRoom.Ada, "a").Say(SaidRoom.Ada, "b").Say(SaidRoom.Ada, "c").Say(SaidRoom.Bob, "d")
            .Change(RelationKind.Edit, 1, "a1").Change(RelationKind.Edit, 1, "a2").Say(SaidRoom.Bob, "👍", RelationKind.Reaction, 1)
            .Change(RelationKind.Edit, 2, "b1").Change(RelationKind.Deletion, 2).Change(RelationKind.Edit, 2, "b2").Change(RelationKind.Edit, 4, "d1");
        await Store.Append(said.All);

        async Task<IEnumerable<long>> Later(long before, int limit, EntryFilter filter = EntryFilter.Messages) => (await Store.Before(s_said, before, limit, filter)).Later.Select(m => m.Seq);
        Assert.Equal([6L, 9, 11], await Later(5, 4)); // of each the last edit, or its deletion
        Assert.Equal([6L, 9], await Later(4, 3));
        Assert.Equal([6L, 11], await Later(6, 2)); // the text of an edit is that of a message of before the page
        Assert.Equal([9L], await Later(9, 1));
        Assert.Empty(await Later(8, 1));
        Assert.Empty(await Later(long.MaxValue, 100));
        Assert.Empty(await Later(5, 4, EntryFilter.All));
    }

    [SkippableTheory]
    [InlineData(1)] // as it was said
    [InlineData(4)] // an edit
    [InlineData(6)] // an edit under another name
    [InlineData(8)] // its deletion
    public async Task A_message_is_deleted_with_all_of_its_texts_whichever_of_them_is_asked_for(long seq)
    {
        await Store.Append(Talk.All);
        Assert.Equal(5, await Store.DeleteMessage(s_said, seq));
        Assert.Equal([2L, 3, 7, 9, 10, 11], await Left());
        Assert.Equal([1L, 4, 5, 6, 8], (await Store.Holes(s_said)).SelectMany(h => Enumerable.Range(0, (int)h.Range.Count).Select(i => h.Range.First + i)));
        Assert.Equal(0, await Store.DeleteMessage(s_said, seq));
    }

    [SkippableTheory]
    [InlineData(2, new[] { 2L, 9 })]
    [InlineData(9, new[] { 2L, 9 })]
    [InlineData(3, new[] { 3L, 7, 10, 11 })] // an answer is a message of its own
    [InlineData(7, new[] { 7L, 10 })] // a reaction goes with what took it back, or would bring it back
    [InlineData(10, new[] { 7L, 10 })]
    [InlineData(11, new[] { 11L })]
    public async Task What_is_deleted_leaves_nothing_behind_that_says_the_same_and_takes_nothing_else(long seq, long[] gone)
    {
        await Store.Append(Talk.All);
        Assert.Equal(gone.Length, await Store.DeleteMessage(s_said, seq));
        Assert.Equal(Enumerable.Range(1, 11).Select(i => (long)i).Except(gone), await Left());
    }

    [SkippableTheory]
    [InlineData("ada", new[] { 2L, 3, 7, 9, 10, 11 })]
    [InlineData("ADA of before", new[] { 2L, 3, 7, 9, 10, 11 })] // she edited under this name what she had said under another
    [InlineData("bob", new[] { 1L, 4, 6, 8 })]
    public async Task A_user_is_deleted_with_what_was_edited_under_other_names_and_what_was_said_about_it(string name, long[] left)
    {
        await Store.Append(Talk.All);
        Assert.Equal(11 - left.Length, await Store.DeleteUser(s_said, name));
        Assert.Equal(left, await Left());
        Assert.Equal(0, await Store.DeleteUser(s_said, name));
    }

    private static SaidRoom Talk => new SaidRoom(s_said).Say(SaidRoom.Ada, "secret")
        .Say(SaidRoom.Bob, "other")
        .Say(SaidRoom.Bob, "really?", RelationKind.Reply, 1)
        .Change(RelationKind.Edit, 1, "a secret")
        .Say(SaidRoom.Bob, "👍", RelationKind.Reaction, 1)
        .Change(RelationKind.Edit, 1, "the secret", name: "ada of before")
        .Say(SaidRoom.Bob, "👍", RelationKind.Reaction, 3)
        .Change(RelationKind.Deletion, 1)
        .Change(RelationKind.Edit, 2, "another")
        .Say(SaidRoom.Bob, "👍", RelationKind.Reaction, 3)
        .Say(SaidRoom.Bob, "👎", RelationKind.Reaction, 3);

    private async Task<IEnumerable<long>> Left() => (await Store.After(s_said, 0, 100)).Entries.Select(e => e.Seq);
}
