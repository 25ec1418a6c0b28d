using System.Globalization;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Web;

// What goes over HTTP as JSON, beside the event lines.

/// <summary>The room as this node sees it, and the user who asks.</summary>
/// <param name="Hash">The transcript hash at seq, 16 hex digits.</param>
/// <param name="Node">This node's address.</param>
/// <param name="Name">The asking user's name; empty where it has none yet.</param>
/// <param name="Connection">connected, cut-off or rejoining.</param>
/// <param name="Archives">The nodes that keep the log in an archive.</param>
/// <param name="Own">The asking user is the node's own; otherwise a guest, or nobody yet.</param>
/// <param name="Entered">There is a user for who asks.</param>
/// <param name="Private">The room is for certain devices only.</param>
/// <param name="RoomName">What the room is called; empty: it has no name.</param>
/// <param name="Topic">What it is about; empty: it has no topic.</param>
/// <param name="Last">How many of the last messages those are shown who come in; 0: none, where nobody keeps an archive.</param>
/// <param name="Heard">The asking user's messages up to this counter (the end of a message's id) are in the order, up to <c>highest</c> at the latest.</param>
public sealed record RoomJson(
    string Room,
    long Epoch,
    long Seq,
    string Hash,
    string Host,
    string Node,
    string Delivery,
    string Name,
    string Connection,
    bool Own,
    bool Entered,
    IReadOnlyList<NodeJson> Nodes,
    IReadOnlyList<UserJson> Users,
    IReadOnlyList<string> Archives,
    int Pending,
    long Heard,
    long Highest,
    long Stable,
    IReadOnlyList<FailoverJson> Failovers,
    bool Private,
    string RoomName,
    string Topic,
    int Last)
{
    internal static RoomJson Of(RoomView view, bool own, bool entered) => new(
        view.Room,
        view.Epoch,
        view.Seq,
        view.Hash.ToString("x16", CultureInfo.InvariantCulture),
        view.Host,
        view.Node,
        view.Delivery == Core.Protocol.DeliveryLevel.Agreed ? "agreed" : "uniform",
        entered ? view.Name : "",
        JsonWords.Word(view.Connection),
        own,
        entered,
        [.. view.Nodes.Select(n => new NodeJson(n.Node, n.IsHost, n.IsMe, n.Reachable, n.Recording, n.Received, n.Lag))],
        [.. view.Users.Select(u => new UserJson(u.Id.ToString(), u.Name, u.Node, u.OnHost, entered && u.IsMe))],
        [.. view.Nodes.Where(n => n.Recording).Select(n => n.Node)],
        entered ? view.Pending : 0,
        entered ? view.Heard : 0,
        view.Highest,
        view.Stable,
        [.. view.Failovers.Select(f => new FailoverJson(f.At, f.Seconds, f.From, f.To, f.Epoch))],
        view.IsPrivate,
        view.Settings.Name.Text,
        view.Settings.Topic.Text,
        view.Settings.LastCount);

    /// <summary>What a stranger sees of a private room: that there is one.</summary>
    internal static RoomJson OfStranger(RoomView view) => Of(
        view with { Room = "", Epoch = 0, Seq = 0, Hash = 0, Host = "", Node = "", Nodes = [], Users = [], Highest = 0, Stable = 0, Failovers = [], IsPrivate = true, Settings = Core.Room.RoomSettings.None }, own: false, entered: false);
}

/// <param name="Received">The node has everything up to here.</param>
/// <param name="Lag">How many entries it is behind.</param>
public sealed record NodeJson(string Node, bool Host, bool Me, bool Reachable, bool Archives, long Received, long Lag);

public sealed record UserJson(string Id, string Name, string Node, bool Host, bool Me);

/// <param name="Seconds">For how long nothing was delivered here.</param>
public sealed record FailoverJson(DateTimeOffset At, double Seconds, string From, string To, long Epoch);

/// <param name="Text">What to say; at most 16 KiB of UTF-8. A reaction's is one character, a deletion has none.</param>
/// <param name="Key">Sent again with the same key, a message is said once.</param>
/// <param name="As">The id of the user who wrote it, as in the room's <c>users</c>; 409 where the asking user is another by now.</param>
/// <param name="Relation">What it is about, where it is about another message.</param>
public sealed record MessageJson(string? Text, string? Key, string? As = null, RelationJson? Relation = null);

/// <param name="Kind">reply, edit, deletion or reaction; an edit or a deletion is about a message of the same user.</param>
/// <param name="Id">The id of the message that it is about.</param>
public sealed record RelationJson(string? Kind, string? Id);

/// <param name="Link">Opened once, in a browser on this machine, it makes that browser the node's own user.</param>
public sealed record LinkJson(string Link);

/// <param name="Setting">name, topic or last (how many of the last messages those are shown who come in, in digits).</param>
/// <param name="Text">What it is to be; empty: none.</param>
public sealed record SettingJson(string? Setting, string? Text);

/// <param name="Line">A line as somebody types it.</param>
public sealed record LineJson(string? Line);

/// <summary>What a typed line asks for, the same on every screen; it is not done.</summary>
/// <param name="Does">say, reply, edit, deletion, reaction, who, history, search, reform, invite, kick, leave, help … or refuse.</param>
/// <param name="Text">The message, what to say about another one, the words to search for, the wanted name, how many messages, who is invited or put out; why it is refused.</param>
public sealed record ReadLineJson(string Does, string Text)
{
    internal static ReadLineJson Of(InputAction action) => new(Word(action), action switch
    {
        InputAction.Say said => said.Text,
        InputAction.Search search => search.Words,
        InputAction.AskForName wish => wish.Name,
        InputAction.History history => history.Count?.ToString(CultureInfo.InvariantCulture) ?? "",
        InputAction.Circle { Wish: CircleWish.Invite invite } => invite.Name,
        InputAction.Circle { Wish: CircleWish.Guest guest } => guest.Name,
        InputAction.Circle { Wish: CircleWish.TakeBack back } => back.Code,
        InputAction.Circle { Wish: CircleWish.Kick kick } => kick.Who,
        InputAction.Relate { Wish: var wish } => wish.Text,
        InputAction.ChangeRoom change => change.Text,
        InputAction.Notices notices => notices.Wanted.ToString().ToLowerInvariant(),
        InputAction.Refuse refused => refused.Why,
        _ => "",
    });

    private static string Word(InputAction action) => action switch
    {
        InputAction.Relate { Wish: var wish } => wish.Kind.ToString().ToLowerInvariant(),
        InputAction.Circle { Wish: var asked } => asked.GetType().Name.ToLowerInvariant(),
        InputAction.ChangeRoom { Setting: Core.Room.RoomSettingKind.Topic } => "topic",
        InputAction.ChangeRoom { Setting: Core.Room.RoomSettingKind.Last } => "last",
        InputAction.ChangeRoom => "roomname",
        _ => action.GetType().Name.ToLowerInvariant(),
    };
}

/// <param name="Form">As it is typed, as in <c>/history [n]</c>.</param>
public sealed record CommandJson(string Form, string Does);

/// <param name="Id">The message's id; it comes again in its <c>said</c> event.</param>
public sealed record SaidJson(string Id);

/// <param name="Name">The wanted name; empty or absent: the room makes one up. The host of the room decides.</param>
/// <param name="Guest">In a private room, what a guest link ends with.</param>
public sealed record EnterJson(string? Name, string? Guest = null);

/// <param name="Wanted">The name as it was asked for; the <c>welcome</c> event says which it became.</param>
public sealed record EnteredJson(string Wanted);

/// <param name="Outcome">What came of it, in words; also why nothing did.</param>
public sealed record OutcomeJson(string Outcome);

public sealed record HealthJson(string Status, string Connection);

/// <param name="Messages">Oldest first, newest last: the <c>said</c> lines.</param>
/// <param name="Later">Edits and deletions that came after them, and are about them: the last edit of each, or its deletion. None with <c>q</c>, which finds what messages say now.</param>
/// <param name="Before">Give this as <c>before</c> for the page before; null: there is none.</param>
public sealed record HistoryJson(IReadOnlyList<System.Text.Json.JsonElement> Messages, IReadOnlyList<System.Text.Json.JsonElement> Later, long? Before);
