using System.Globalization;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>What a line that begins with a slash asks for: a command that every screen knows by the same name.</summary>
/// <param name="Name">With its slash.</param>
/// <param name="Takes">What stands after it, for people; empty: nothing does.</param>
/// <param name="Does">What it does, for people.</param>
/// <param name="Read">What the words after the name ask for; null: they do not fit.</param>
/// <param name="WhyNot">What to say of words that do not fit.</param>
public sealed record ChatCommand(string Name, string Takes, string Does, Func<string, InputAction?> Read, string WhyNot)
{
    /// <summary>As it is typed: the name, and what it takes.</summary>
    public string Form => Takes.Length == 0 ? Name : $"{Name} {Takes}";

    /// <summary>The words of which it takes one; empty: it takes others.</summary>
    public IReadOnlyList<string> Choices => Takes.Contains('|', StringComparison.Ordinal) ? Takes.Split('|') : [];

    /// <summary>It takes the name of somebody who is here.</summary>
    public bool TakesSomebody { get; init; }
}

/// <summary>
/// The commands, once for all screens: who types one that there is not gets the same answer everywhere, with the nearest one that there is. A screen
/// that cannot do one of them says so; none takes it for a message.
/// </summary>
public static class ChatCommands
{
    /// <summary>How many letters may be missing, wrong or too many for a command to be the one that was meant.</summary>
    private const int Near = 2;

    private const string Doing = "/me ";

    /// <summary>Stands for nothing, where something is to be taken away.</summary>
    private const string None = "-";

    public static IReadOnlyList<ChatCommand> All { get; } =
    [
        Alone("/help", "the keys and commands", new InputAction.Help()),
        Alone("/who", "who is here, and on which node", new InputAction.Who()),
        Alone("/inside", "the cluster as it is now: nodes, acks, lag, changes of host", new InputAction.Inside()),
        new("/name", "NAME", "asks the host for another name", Name, "/name takes the name, as in '/name ada'"),
        new("/nick", "NAME", "the same as /name", Name, "/nick takes the name, as in '/nick ada'"),
        new("/room", "NAME", "names the room, for everybody; '/room -' takes the name away", rest => Change(RoomSettingKind.Name, rest), "/room takes what the room is to be called, as in '/room Kitchen'"),
        new("/topic", "words", "says what the room is about, for everybody; '/topic -' takes it away", rest => Change(RoomSettingKind.Topic, rest), "/topic takes what the room is about, as in '/topic lunch on Friday'"),
        new("/last", "N", "shows the last N messages of what is said from then on to who comes in later, for everybody; '/last 0' shows none", rest => Change(RoomSettingKind.Last, rest), "/last takes how many messages who comes in later is shown, as in '/last 50'"),
        new("/history", "[n]", "the last n messages from an archive of this room, or from its members where '/last' is set", History, "/history takes one number, as in '/history 20'"),
        new("/search", "words", "the messages of an archive that have all these words", Search, "/search takes the words to look for, as in '/search tea ready'"),
        Alone("/bell", "rings, or no longer, when somebody says your name", new InputAction.Bell()),
        new("/notices", "off|few|all", "whom you are told of who comes and goes: nobody, those who talk, or everybody", Notices, "/notices takes off, few or all, as in '/notices few'"),
        Alone("/reform", "cut off for good: go on with those this node can reach", new InputAction.Reform()),
        new("/invite", "[NAME]", "a line with which somebody's device comes into a private room, once", rest => new InputAction.Circle(new CircleWish.Invite(rest)), ""),
        new("/guest", "[NAME]", "a link with which somebody's browser comes into a private room as a guest of this node, once", rest => new InputAction.Circle(new CircleWish.Guest(rest)), ""),
        new("/uninvite", "CODE", "takes an invite or a guest link back", rest => rest.Length > 0 ? new InputAction.Circle(new CircleWish.TakeBack(rest)) : null, "/uninvite takes the beginning of an invite, as in '/uninvite 4mvt'"),
        Alone("/devices", "the devices that belong to a private room", new InputAction.Circle(new CircleWish.Devices())),
        new("/kick", "NAME", "puts a device out of a private room, for good", Kick, "/kick takes a name or a device, as in '/kick bob'") { TakesSomebody = true },
        new("/me", "words", "tells what you do: '/me waves' is '* ada waves'", Me, "/me takes what you do, as in '/me waves'"),
        new("/reply", "[@NAME] words", "answers the last message of somebody else, or NAME's", rest => Relate(RelationKind.Reply, rest), "/reply takes your answer, as in '/reply yes' or '/reply @ada yes'"),
        new("/react", "[@NAME] 👍", "puts a character at the last message of somebody else, or NAME's; once more takes it back", rest => Relate(RelationKind.Reaction, rest), "/react takes one character, as in '/react 👍' or '/react @ada 👍'"),
        new("/edit", "words", "puts these words in the place of your last message", rest => Relate(RelationKind.Edit, rest), "/edit takes what your last message shall say, as in '/edit tea at five'"),
        Alone("/delete", "asks all screens to hide your last message", new InputAction.Relate(new RelationWish(RelationKind.Deletion, ""))),
        Alone("/leave", "leaves the room properly", new InputAction.Leave()),
        Alone("/quit", "the same as /leave", new InputAction.Leave()),
    ];

    /// <summary>What other chats say something to one person with. Here it would be read by all, so it is refused rather than said.</summary>
    private static readonly string[] _private = ["/msg", "/query", "/tell", "/whisper", "/w"];

    private const string NothingPrivate =
        "there are no private messages: all that is said here stands in one order, which everybody in the room has. For all to see, say it with the name in front, as in 'ada: tea?'; for two alone, begin a room of your own";

    /// <summary>All of them in a line.</summary>
    public static string InALine { get; } = $"{string.Join("  ", All.Select(c => c.Form))}, and //x says /x";

    /// <summary>
    /// What a message tells that its user does: of '/me waves', 'waves'. Null: it is said. The text alone makes it so, as in XMPP (XEP-0245): who does
    /// not know of it reads '/me waves'.
    /// </summary>
    public static string? Deed(string text) => text.Length > Doing.Length && text.StartsWith(Doing, StringComparison.Ordinal) ? text[Doing.Length..] : null;

    /// <summary>What a line asks for that begins with one slash.</summary>
    public static InputAction Read(string line)
    {
        var end = line.AsSpan().IndexOfAny(" \t\r\n");
        var (name, rest) = end < 0 ? (line, "") : (line[..end], line[end..].Trim());
        if (All.FirstOrDefault(c => c.Name == name) is { } command)
        {
            return command.Read(rest) ?? new InputAction.Refuse(InputLine.Shorten(line), command.WhyNot);
        }

        if (_private.Contains(name))
        {
            return new InputAction.Refuse(InputLine.Shorten(line), NothingPrivate);
        }

        var why = Nearest(name) is { } meant ? $"there is no such command; did you mean {meant.Form}?" : $"there is no such command; there are: {InALine}";
        return new InputAction.Refuse(InputLine.Shorten(line), why);
    }

    /// <summary>The command that was probably meant; null: none is near.</summary>
    public static ChatCommand? Nearest(string typed)
    {
        var name = typed.ToLowerInvariant();
        if (name.Length > 1 && All.Where(c => c.Name.StartsWith(name, StringComparison.Ordinal)).ToList() is [var only])
        {
            return only;
        }

        var best = All.Select(c => (Command: c, Distance: Distance(name, c.Name))).MinBy(c => c.Distance);
        // Of a short word half may not be wrong.
        return best.Distance <= Math.Min(Near, (name.Length - 1) / 2) ? best.Command : null;
    }

    private static ChatCommand Alone(string name, string does, InputAction action) =>
        new(name, "", does, rest => rest.Length == 0 ? action : null, $"{name} takes nothing after it");

    private static InputAction.AskForName? Name(string rest) => rest.Length > 0 ? new(rest) : null;

    private static InputAction.History? History(string rest) =>
        rest.Length == 0 ? new(null)
        : int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? new(count)
        : null;

    private static InputAction? Change(RoomSettingKind setting, string rest) =>
        rest.Length == 0 ? null
        : RoomSettings.TryNormalise(setting, rest == None ? "" : rest, out var text, out var whyNot) ? new InputAction.ChangeRoom(setting, text)
        : new InputAction.Refuse(InputLine.Shorten(rest), whyNot);

    private static InputAction.Notices? Notices(string rest) => rest switch
    {
        "off" => new(JoinNotices.Off),
        "few" => new(JoinNotices.Few),
        "all" => new(JoinNotices.All),
        _ => null,
    };

    private static InputAction.Circle? Kick(string rest) => rest.Length > 0 ? new(new CircleWish.Kick(rest)) : null;

    private static InputAction.Relate? Relate(RelationKind kind, string rest) => rest.Length > 0 ? new(new RelationWish(kind, rest)) : null;

    private static InputAction? Me(string rest) => rest.Length > 0 ? InputLine.Message(Doing + rest) : null;

    private static InputAction.Search? Search(string rest) =>
        rest.Length > 0 ? new(string.Join(' ', rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))) : null;

    /// <summary>How many letters have to be put in, taken out, changed or swapped with their neighbour to make one word of the other.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > Near)
        {
            return int.MaxValue;
        }

        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var changed = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(changed, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
