using System.Globalization;
using System.Text;
using Norris.Actors.Protocol;

namespace Norris.Node.Screens;

/// <summary>What a line of input asks for. A closed set.</summary>
public abstract record InputAction
{
    private InputAction()
    {
    }

    public sealed record Say(string Text) : InputAction;

    public sealed record Who : InputAction;

    /// <param name="Count">How many messages; null: as many as the screen likes.</param>
    public sealed record History(int? Count) : InputAction;

    public sealed record Search(string Words) : InputAction;

    /// <summary>Cut off for good: go on with those whom this node can reach.</summary>
    public sealed record Reform : InputAction;

    public sealed record Leave : InputAction;

    public sealed record Help : InputAction;

    /// <summary>Nothing can be done with the line. <paramref name="Text"/> is what can be shown of it.</summary>
    public sealed record Refuse(string Text, string Why) : InputAction;
}

/// <summary>Reads one line of input: a message, or a command.</summary>
public static class InputLine
{
    public const string Commands = "/who  /history [n]  /search words  /reform  /leave  /help, and //x says /x";

    /// <summary>The longest line worth keeping: the longest message, said with the doubled slash.</summary>
    public const int MaxBytes = Limits.TextBytes + 1;

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
        catch (DecoderFallbackException)
        {
            return new InputAction.Refuse(Shorten(Encoding.UTF8.GetString(line)), "it is not valid UTF-8, so nothing of it was sent");
        }
    }

    /// <summary>What a line asks for.</summary>
    public static InputAction Read(string line)
    {
        if (line.Length == 0)
        {
            return new InputAction.Refuse("", "an empty message says nothing");
        }

        if (line.StartsWith("//", StringComparison.Ordinal))
        {
            return Message(line[1..]);
        }

        return line[0] == '/' ? Command(line) : Message(line);
    }

    private static InputAction Message(string text) =>
        Encoding.UTF8.GetByteCount(text) > Limits.TextBytes ? TooLong(text) : new InputAction.Say(text);

    private static InputAction Command(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words switch
        {
            ["/who"] => new InputAction.Who(),
            ["/leave"] => new InputAction.Leave(),
            ["/help"] => new InputAction.Help(),
            ["/reform"] => new InputAction.Reform(),
            ["/history"] => new InputAction.History(null),
            ["/history", var n] when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 =>
                new InputAction.History(count),
            ["/history", ..] => new InputAction.Refuse(Shorten(line), "/history takes one number, as in '/history 20'"),
            ["/search"] => new InputAction.Refuse(Shorten(line), "/search takes the words to look for, as in '/search tea ready'"),
            ["/search", .. var wanted] => new InputAction.Search(string.Join(' ', wanted)),
            ["/who" or "/leave" or "/help" or "/reform", ..] => new InputAction.Refuse(Shorten(line), $"{words[0]} takes nothing after it"),
            _ => new InputAction.Refuse(Shorten(line), $"there is no such command; there are: {Commands}"),
        };
    }

    private static InputAction.Refuse TooLong(string text) =>
        new(Shorten(text), $"it is longer than {Limits.TextBytes / 1024} KiB, so nothing of it was sent");

    private static string Shorten(string text)
    {
        if (text.Length <= ShownOfRefused)
        {
            return text;
        }

        var length = char.IsHighSurrogate(text[ShownOfRefused - 1]) ? ShownOfRefused - 1 : ShownOfRefused;
        return text[..length] + "…";
    }
}
