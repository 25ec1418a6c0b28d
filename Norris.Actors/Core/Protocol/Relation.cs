using System.Text;
using System.Text.Unicode;
using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>How a message relates to one that was said before. The numbers are on the wire and in archives: never change one.</summary>
public enum RelationKind
{
    /// <summary>It answers the other.</summary>
    Reply = 1,

    /// <summary>Its text stands in the place of the other's, which is the same user's.</summary>
    Edit = 2,

    /// <summary>It has no text, and asks all screens to hide the other, which is the same user's.</summary>
    Deletion = 3,

    /// <summary>Its text is one character that stands at the other; the same once more takes it back.</summary>
    Reaction = 4,
}

/// <summary>What a message is about. It names the other by its id and not by its number: a room that delivers on receipt may take a number back.</summary>
/// <param name="Kind">How it relates.</param>
/// <param name="To">The other message.</param>
public readonly record struct Relation(RelationKind Kind, MessageId To)
{
    private static readonly string[] Words = ["", "reply", "edit", "deletion", "reaction"];

    /// <summary>The word for its kind on the outside: <c>reply</c>, <c>edit</c>, <c>deletion</c>, <c>reaction</c>.</summary>
    public string Word => Words[(int)Kind];

    /// <summary>Whether it is about a message of the user's own: nobody can even say an edit of what somebody else said.</summary>
    public bool IsToOwn => IsOwn(Kind);

    /// <summary>Whether it changes what is shown of the other, rather than being a message to read.</summary>
    public bool IsAmendment => Kind != RelationKind.Reply;

    /// <summary>Reads a kind's word and an id as they are on the outside; false: one of the two is none.</summary>
    public static bool TryParse(string? word, string? id, out Relation relation)
    {
        var kind = string.IsNullOrEmpty(word) ? -1 : Array.IndexOf(Words, word);
        var isOne = MessageId.TryParse(id, out var to) && kind > 0;
        relation = isOne ? new Relation((RelationKind)kind, to) : default;
        return isOne;
    }

    /// <summary>The word for its kind, and the id of the other message.</summary>
    public override string ToString() => $"{Word} {To}";

    /// <summary>Whether such a relation is one to a message of the user's own.</summary>
    public static bool IsOwn(RelationKind kind) => kind is RelationKind.Edit or RelationKind.Deletion;

    /// <summary>
    /// Whether a message with such a relation may have such a text; what every node must judge alike. What people see as one character is not among it, for
    /// that changes with the version of Unicode: <see cref="WhyNot"/> asks for it where a reaction is said.
    /// </summary>
    /// <param name="kind">Null: a message without a relation.</param>
    /// <param name="utf8Text">Its text.</param>
    public static bool Takes(RelationKind? kind, ReadOnlySpan<byte> utf8Text) => kind switch
    {
        RelationKind.Deletion => utf8Text.IsEmpty,
        RelationKind.Reaction => utf8Text.Length is > 0 and <= Limits.ReactionBytes && Utf8.IsValid(utf8Text) && IsSeen(utf8Text),
        _ => utf8Text.Length is > 0 and <= Limits.TextBytes && Utf8.IsValid(utf8Text),
    };

    /// <summary>Why a user may not say this; null: it may be said.</summary>
    /// <param name="relation">Null: none.</param>
    /// <param name="utf8Text">The text.</param>
    /// <param name="by">Who says it.</param>
    public static string? WhyNot(Relation? relation, ReadOnlySpan<byte> utf8Text, UserId by) => relation switch
    {
        { IsToOwn: true, To: var to } when to.User != by => "only one's own messages can be edited or deleted, and in the session that said them",
        { Kind: not (>= RelationKind.Reply and <= RelationKind.Reaction) } => "there is no such relation",
        { To.Counter: not (>= 1 and <= Limits.HighestNumber) } => "there is no message with such an id",
        { Kind: RelationKind.Deletion } when !utf8Text.IsEmpty => "a deletion has no text",
        { Kind: RelationKind.Reaction } when !Takes(RelationKind.Reaction, utf8Text) || !IsOneCharacter(utf8Text) =>
            $"a reaction is one character, as in 👍, of at most {Limits.ReactionBytes} bytes of UTF-8",
        _ => Takes(relation?.Kind, utf8Text) ? null : $"a message is 1 to {Limits.TextBytes} bytes of valid UTF-8",
    };

    /// <remarks>What is a control character is fixed for ever, unlike what is white space.</remarks>
    private static bool IsSeen(ReadOnlySpan<byte> utf8Text)
    {
        while (Rune.DecodeFromUtf8(utf8Text, out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            if (Rune.IsControl(rune) || PlainText.IsWhiteSpace(rune.Value))
            {
                return false;
            }

            utf8Text = utf8Text[length..];
        }

        return true;
    }

    private static bool IsOneCharacter(ReadOnlySpan<byte> utf8Text)
    {
        var text = Encoding.UTF8.GetString(utf8Text);
        return System.Globalization.StringInfo.GetNextTextElementLength(text) == text.Length;
    }
}
