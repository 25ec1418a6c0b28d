using System.Globalization;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Node.Screens;

/// <summary>What a line of input asks for. A closed set.</summary>
public abstract record InputAction
{
    private InputAction()
    {
    }

    /// <param name="Relation">What it is about; null: nothing that was said before.</param>
    public sealed record Say(string Text, Core.Protocol.Relation? Relation = null) : InputAction;

    /// <summary>Says something about the last message that fits.</summary>
    public sealed record Relate(Session.RelationWish Wish) : InputAction;

    public sealed record Who : InputAction;

    /// <param name="Count">How many messages; null: as many as the screen likes.</param>
    public sealed record History(int? Count) : InputAction;

    public sealed record Search(string Words) : InputAction;

    /// <summary>Cut off for good: go on with those whom this node can reach.</summary>
    public sealed record Reform : InputAction;

    /// <summary>Something about who belongs together.</summary>
    public sealed record Circle(Session.CircleWish Wish) : InputAction;

    public sealed record Leave : InputAction;

    /// <summary>Another name is wanted.</summary>
    public sealed record AskForName(string Name) : InputAction;

    /// <summary>One of the room's settings is to be another, for everybody.</summary>
    /// <param name="Text">Empty: none.</param>
    public sealed record ChangeRoom(Core.Room.RoomSettingKind Setting, string Text) : InputAction;

    /// <summary>The cluster as it is now.</summary>
    public sealed record Inside : InputAction;

    /// <summary>Ring, or ring no longer, when somebody says one's name.</summary>
    public sealed record Bell : InputAction;

    /// <summary>More or fewer notices of who comes and goes.</summary>
    public sealed record Notices(Session.JoinNotices Wanted) : InputAction;

    public sealed record Help : InputAction;

    /// <summary>Nothing can be done with the line. <paramref name="Text"/> is what can be shown of it.</summary>
    public sealed record Refuse(string Text, string Why) : InputAction;
}

/// <summary>Reads one line of input: a message, or a command.</summary>
public static class InputLine
{
    /// <summary>The longest line worth keeping: the longest message as JSON, each of its bytes written as six (<c>\u0009</c>), and what is around it.</summary>
    public const int MaxBytes = (6 * Limits.TextBytes) + 256;

    private const int ShownOfRefused = 60;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What a raw line (without its line end) asks for.</summary>
    /// <param name="line">The line's bytes; of a line longer than <see cref="MaxBytes"/>, its beginning.</param>
    /// <param name="isWhole">Whether that is all of it.</param>
    public static InputAction Read(ReadOnlySpan<byte> line, bool isWhole = true)
    {
        if (!isWhole)
        {
            return TooLong(Encoding.UTF8.GetString(line[..Math.Min(line.Length, 4 * ShownOfRefused)]));
        }

        try
        {
            return Read(Strict.GetString(line));
        }
        catch (DecoderFallbackException e)
        {
            return new InputAction.Refuse(Shorten(Encoding.UTF8.GetString(line)), $"it is not valid UTF-8 from byte {e.Index + 1} on, so nothing of it was sent");
        }
    }

    /// <summary>What a line asks for.</summary>
    public static InputAction Read(string line)
    {
        if (line.StartsWith("//", StringComparison.Ordinal))
        {
            return Message(line[1..]);
        }

        return line.StartsWith('/') ? ChatCommands.Read(line) : Message(line);
    }

    /// <summary>What a text asks for that is a message, and no command.</summary>
    public static InputAction Message(string text) => text.Length == 0
        ? new InputAction.Refuse("", "an empty message says nothing")
        : Encoding.UTF8.GetByteCount(text) > Limits.TextBytes ? TooLong(text) : new InputAction.Say(text);

    /// <summary>The same of a message about another one.</summary>
    public static InputAction Message(string text, Relation relation) =>
        Relation.WhyNot(relation, Encoding.UTF8.GetBytes(text), relation.To.User) is { } whyNot ? new InputAction.Refuse(Shorten(text), whyNot) : new InputAction.Say(text, relation);

    private static InputAction.Refuse TooLong(string text) =>
        new(Shorten(text), $"it is longer than {Limits.TextBytes / 1024} KiB, so nothing of it was sent");

    /// <summary>What can be shown of a line that is refused.</summary>
    internal static string Shorten(string text)
    {
        if (text.Length <= ShownOfRefused)
        {
            return text;
        }

        var length = 0;
        for (int next; length + (next = StringInfo.GetNextTextElementLength(text, length)) <= ShownOfRefused;)
        {
            length += next;
        }

        return text[..length] + "…";
    }
}
