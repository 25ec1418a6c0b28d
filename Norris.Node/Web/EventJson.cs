using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Norris.Actors.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>An event's JSON line.</summary>
internal static class EventJson
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Line(ChatEvent happened)
    {
        JsonObject json = happened switch
        {
            SaidEvent e => new()
            {
                ["id"] = e.Id.ToString(),
                ["user"] = e.User,
                ["text"] = e.Text,
                ["sentAt"] = Time(e.SentAt),
                ["orderedAt"] = Time(e.OrderedAt),
            },
            JoinedEvent e => new() { ["user"] = e.User, ["node"] = e.Node, ["userId"] = e.Id.ToString() },
            LeftEvent e => new() { ["user"] = e.User, ["node"] = e.Node, ["reason"] = Word(e.Reason), ["userId"] = e.Id.ToString() },
            NodeEvent e => new() { ["node"] = e.Node, ["change"] = e.Joined ? "joined" : "left", ["reason"] = e.Reason is { } why ? Word(why) : null },
            HostEvent e => new() { ["host"] = e.Host, ["mayHaveLost"] = e.MayHaveLost },
            RecordingEvent e => new() { ["node"] = e.Node, ["recording"] = e.Recording },
            WelcomeEvent e => new()
            {
                ["name"] = e.Name,
                ["node"] = e.Node,
                ["host"] = e.Host,
                ["room"] = e.Room,
                ["epoch"] = e.Epoch,
                ["firstSeq"] = e.FirstSeq,
                ["users"] = new JsonArray([.. e.Users.Select(u => JsonValue.Create(u))]),
            },
            ConnectionEvent e => new() { ["state"] = Word(e.State), ["why"] = e.Why },
            RefusedEvent e => new() { ["text"] = e.Text, ["why"] = e.Why },
            MissedEvent e => new() { ["count"] = e.Count },
            FailoverEvent e => new() { ["seconds"] = Math.Round(e.Seconds, 3), ["from"] = e.From, ["to"] = e.To },
            NoticeEvent e => new() { ["text"] = e.Text },
            ByeEvent e => new() { ["why"] = e.Why },
            _ => throw new System.Diagnostics.UnreachableException($"no JSON for {happened.GetType()}"),
        };
        if (happened is OrderedEvent ordered)
        {
            json.Insert(0, "hash", ordered.Hash.ToString("x16", CultureInfo.InvariantCulture));
            json.Insert(0, "epoch", ordered.Epoch);
            json.Insert(0, "seq", ordered.Seq);
        }

        var name = happened.GetType().Name;
        json.Insert(0, "event", name[..^"Event".Length].ToLowerInvariant());
        return Encoding.UTF8.GetBytes(json.ToJsonString(Options));
    }

    public static string Word(LeaveReason reason) => reason switch
    {
        LeaveReason.Crashed => "crashed",
        LeaveReason.Expelled => "expelled",
        _ => "left",
    };

    public static string Word(ConnectionState state) => state switch
    {
        ConnectionState.Connected => "connected",
        ConnectionState.CutOff => "cut-off",
        _ => "rejoining",
    };

    public static string Time(long unixMilliseconds) => DateTimeOffset
        .FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()))
        .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
