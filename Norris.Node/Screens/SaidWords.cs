using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>What a message says on a screen of text, where what it is about has to be told in words. As a message's own text: '/me' begins what its user does.</summary>
public static class SaidWords
{
    private const string Edited = " (edited)";

    public static string Of(SaidEvent said) => said switch
    {
        { Standing.IsDeleted: true } => Deleted(said.User),
        { Standing: { EditedAt: not null } now } => Reply(said) + now.Text + Edited,
        { Relation.Kind: RelationKind.Edit } => said.Text + Edited,
        { Relation.Kind: RelationKind.Deletion } => "/me deleted a message",
        { Relation.Kind: RelationKind.Reaction, About: { } about } when !Stands(said, about) => $"/me took {said.Text} back from {Quote(about)}",
        { Relation.Kind: RelationKind.Reaction } => $"/me reacted {said.Text} to {Quote(said.About)}",
        _ => Reply(said) + said.Text,
    };

    /// <summary>What stands in the place of a message, after an edit or a deletion.</summary>
    public static string After(SaidEvent change) => change switch
    {
        { About: { IsDeleted: true } now } => Deleted(now.Said.Name),
        { Relation.Kind: RelationKind.Deletion } => Deleted(change.User),
        _ => change.Text + Edited,
    };

    /// <summary>What stands above a message that answers another one; empty: it answers none, or was deleted.</summary>
    public static string Reply(SaidEvent said) => said is { Relation.Kind: RelationKind.Reply, Standing: not { IsDeleted: true } } ? $"↳ to {Quote(said.About)}\n" : "";

    private static string Deleted(string by) => $"(deleted by {by})";

    private static bool Stands(SaidEvent said, StandingMessage about) => about.Reactions.Any(r => r.Text == said.Text && r.By.Any(by => by.User == said.Id.User));

    private static string Quote(StandingMessage? about) => about switch
    {
        null => "an earlier message",
        { IsDeleted: true } => $"a deleted message of {about.Said.Name}",
        _ => $"{about.Said.Name}: \"{InputLine.Shorten(about.Text.ReplaceLineEndings(" "))}\"",
    };
}
