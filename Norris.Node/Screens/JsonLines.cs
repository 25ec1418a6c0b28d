using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>
/// Events as JSON, one object an event. An entry of the order gives the same bytes on every node, so that transcripts can be compared with cmp:
/// nothing of this node or of this moment may go into it. Not safe for several threads.
/// </summary>
public sealed class JsonLines : IDisposable
{
    /// <summary>The high surrogates of what nobody sees: tags and variation selectors.</summary>
    private const char FirstOfPlane14 = '\udb40';

    private const char LastOfPlane14 = '\udb43';

    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // 'unsafe' inside HTML only
    private static readonly JsonWriterOptions Options = new() { Encoder = Encoder, SkipValidation = true };
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _json;

    public JsonLines() => _json = new Utf8JsonWriter(_buffer, Options);

    /// <summary>The event's object in UTF-8, without a line end. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Format(ChatEvent happened)
    {
        Begin();
        Fields(happened);
        return End();
    }

    /// <summary>Who is here, as this node sees it: the answer to <c>/who</c>.</summary>
    public ReadOnlyMemory<byte> Who(RoomView view)
    {
        Begin();
        Local("who");
        _json.WriteStartArray("users");
        foreach (var user in view.Users)
        {
            _json.WriteStartObject();
            Text("name", user.Name);
            Text("node", user.Node);
            _json.WriteBoolean("host", user.OnHost);
            _json.WriteBoolean("me", user.IsMe);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        return End();
    }

    /// <summary>The cluster as this node sees it: the answer to <c>/inside</c>.</summary>
    public ReadOnlyMemory<byte> Inside(RoomView view)
    {
        Begin();
        Local("inside");
        Text("node", view.Node);
        Text("host", view.Host);
        _json.WriteNumber("epoch", view.Epoch);
        _json.WriteString("connection", JsonWords.Word(view.Connection));
        _json.WriteNumber("received", view.Received);
        _json.WriteNumber("stable", view.Stable);
        _json.WriteNumber("delivered", view.Seq);
        _json.WriteNumber("pending", view.Pending);
        _json.WriteStartArray("nodes");
        foreach (var node in view.Nodes)
        {
            _json.WriteStartObject();
            Text("node", node.Node);
            _json.WriteBoolean("host", node.IsHost);
            _json.WriteBoolean("me", node.IsMe);
            _json.WriteBoolean("reachable", node.Reachable);
            _json.WriteNumber("received", node.Received);
            _json.WriteNumber("lag", node.Lag);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteStartArray("steps");
        foreach (var step in view.Steps)
        {
            _json.WriteStartObject();
            _json.WriteNumber("number", step.Number);
            _json.WriteString("at", Time(step.At));
            _json.WriteString("step", JsonWords.Word(step.Kind));
            _json.WriteNumber("epoch", step.Epoch.Value);
            Text("node", step.Node is { } node ? ChatSession.ShortName(node) : "");
            _json.WriteNumber("received", step.Received.Value);
            _json.WriteNumber("lastEpoch", step.LastEpoch.Value);
            _json.WriteNumber("count", step.Count);
            Text("why", step.Why);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        return End();
    }

    /// <summary>The event's object as text, for those who need a string (server-sent events, tests).</summary>
    public string FormatText(ChatEvent happened) => Encoding.UTF8.GetString(Format(happened).Span);

    public void Dispose() => _json.Dispose();

    /// <summary>RFC 3339, UTC, to the millisecond.</summary>
    public static string Time(long unixMilliseconds) =>
        CalendarTime.Of(unixMilliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // JSON is looked at in terminals too. The encoder escapes control characters, but not those that turn the writing direction, or are not seen.
    private void Text(string name, string value)
    {
        _json.WritePropertyName(name);
        TextValue(value);
    }

    private void TextValue(string value)
    {
        if (value.AsSpan().IndexOfAny(SafeText.ActingFormats) < 0 && value.AsSpan().IndexOfAnyInRange(FirstOfPlane14, LastOfPlane14) < 0)
        {
            _json.WriteStringValue(value);
            return;
        }

        var wellFormed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value)); // unlike the writer, the encoder throws on an unpaired surrogate
        var encoded = JsonEncodedText.Encode(wellFormed, Encoder).Value;
        var escaped = new StringBuilder(encoded.Length + 64).Append('"');
        for (var i = 0; i < encoded.Length; i++)
        {
            if (SafeText.ActingFormats.Contains(encoded[i]) || IsOfPlane14(encoded[i]) || (i > 0 && IsOfPlane14(encoded[i - 1])))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)encoded[i]:X4}");
            }
            else
            {
                escaped.Append(encoded[i]);
            }
        }

        escaped.Append('"');
        _json.WriteRawValue(escaped.ToString(), skipInputValidation: true);
    }

    private static bool IsOfPlane14(char highSurrogate) => highSurrogate is >= FirstOfPlane14 and <= LastOfPlane14;

    private void Fields(ChatEvent happened)
    {
        switch (happened)
        {
            case SaidEvent said:
                Ordered("said", said);
                _json.WriteString("id", said.Id.ToString());
                Text("user", said.User);
                Text("text", said.Text);
                if (said.Relation is { } about)
                {
                    _json.WriteStartObject("relation");
                    _json.WriteString("kind", about.Word);
                    _json.WriteString("id", about.To.ToString());
                    _json.WriteEndObject();
                }

                _json.WriteString("sentAt", Time(said.SentAt));
                _json.WriteString("orderedAt", Time(said.OrderedAt));
                break;
            case JoinedEvent joined:
                Ordered("joined", joined);
                Text("user", joined.User);
                Text("node", joined.Node);
                _json.WriteString("userId", joined.Id.ToString());
                break;
            case LeftEvent left:
                Ordered("left", left);
                Text("user", left.User);
                Text("node", left.Node);
                _json.WriteString("reason", JsonWords.Word(left.Reason));
                _json.WriteString("userId", left.Id.ToString());
                break;
            case RenamedEvent renamed:
                Ordered("renamed", renamed);
                Text("user", renamed.User);
                Text("before", renamed.Before);
                _json.WriteString("userId", renamed.Id.ToString());
                break;
            case SettingEvent setting:
                Ordered("setting", setting);
                Text("user", setting.User);
                _json.WriteString("setting", JsonWords.Word(setting.Setting));
                Text("text", setting.Text);
                _json.WriteString("userId", setting.Id.ToString());
                break;
            case NodeEvent node:
                Ordered("node", node);
                Text("node", node.Node);
                _json.WriteString("change", node.Joined ? "joined" : "left");
                _json.WriteString("reason", node.Reason is { } reason ? JsonWords.Word(reason) : null);
                break;
            case HostEvent host:
                Ordered("host", host);
                Text("host", host.Host);
                _json.WriteBoolean("mayHaveLost", host.MayHaveLost);
                break;
            case RecordingEvent recording:
                Ordered("recording", recording);
                Text("node", recording.Node);
                _json.WriteBoolean("recording", recording.Recording);
                break;
            case CircleEvent circle:
                Ordered("circle", circle);
                _json.WriteString("change", JsonWords.Word(circle.Change));
                Text("device", circle.Device);
                Text("by", circle.By);
                Text("name", circle.Name);
                Text("invite", circle.Invite);
                break;
            case WelcomeEvent welcome:
                Local("welcome");
                Text("name", welcome.Name);
                Text("node", welcome.Node);
                _json.WriteNumber("pid", welcome.Pid);
                Text("host", welcome.Host);
                Text("room", welcome.Room);
                IfAny("roomName", welcome.RoomName);
                IfAny("topic", welcome.Topic);
                IfAny("last", welcome.Last);
                _json.WriteNumber("epoch", welcome.Epoch);
                _json.WriteNumber("firstSeq", welcome.FirstSeq);
                Strings("users", welcome.Users);
                Strings("recording", welcome.Recording);
                IfAny("readTo", welcome.ReadTo);
                break;
            case ConnectionEvent connection:
                Local("connection");
                _json.WriteString("state", JsonWords.Word(connection.State));
                Text("why", connection.Why);
                break;
            case RefusedEvent refused:
                Local("refused");
                Text("text", refused.Text);
                Text("why", refused.Why);
                break;
            case MissedEvent missed:
                Local("missed");
                _json.WriteNumber("count", missed.Count);
                IfAny("why", missed.Why);
                break;
            case RetractedEvent retracted:
                Local("retracted");
                _json.WriteNumber("first", retracted.First);
                _json.WriteNumber("last", retracted.Last);
                break;
            case FailoverEvent failover:
                Local("failover");
                _json.WriteNumber("seconds", Math.Round(failover.Seconds, 3));
                Text("from", failover.From);
                Text("to", failover.To);
                break;
            case NoticeEvent notice:
                Local("notice");
                Text("text", notice.Text);
                break;
            case HistoryEvent history:
                History(history);
                break;
            case ByeEvent bye:
                Local("bye");
                Text("why", bye.Why);
                break;
            default:
                throw new UnreachableException($"No JSON for {happened.GetType().Name}.");
        }
    }

    private void Begin()
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
    }

    private ReadOnlyMemory<byte> End()
    {
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenMemory;
    }

    private void Local(string name) => _json.WriteString("event", name);

    private void Ordered(string name, OrderedEvent ordered)
    {
        Local(name);
        _json.WriteNumber("seq", ordered.Seq);
        _json.WriteNumber("epoch", ordered.Epoch);
        _json.WriteString("hash", ordered.Hash.ToString("x16", CultureInfo.InvariantCulture));
    }

    /// <summary>Messages of the order, but none that is said now: within an object of their own, each as it stands.</summary>
    private void History(HistoryEvent history)
    {
        Local("history");
        Text("search", history.Words);
        _json.WriteBoolean("welcome", history.IsWelcome);
        IfAny("readTo", history.ReadTo);
        _json.WriteStartArray("messages");
        foreach (var message in history.Messages)
        {
            _json.WriteStartObject();
            Fields(message with { Text = message.Standing?.Text ?? message.Text });
            if (message.Standing is { IsDeleted: true } or { EditedAt: not null })
            {
                _json.WriteString("now", message.Standing.IsDeleted ? "deleted" : "edited");
            }

            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteStartArray("gaps");
        foreach (var gap in history.Gaps)
        {
            _json.WriteStartObject();
            _json.WriteNumber("first", gap.First);
            _json.WriteNumber("last", gap.Last);
            Text("why", gap.Why);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void IfAny(string name, string text)
    {
        if (text.Length > 0)
        {
            Text(name, text);
        }
    }

    private void IfAny(string name, long number)
    {
        if (number > 0)
        {
            _json.WriteNumber(name, number);
        }
    }

    private void Strings(string name, IReadOnlyList<string> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
        {
            TextValue(value);
        }

        _json.WriteEndArray();
    }
}
