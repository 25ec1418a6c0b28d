using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>
/// For people and pipes: a line a message, what else happens in words after an asterisk. Every line begins with a time or with
/// <see cref="Continuation"/>, so that no text can pass itself off as somebody else's line.
/// </summary>
/// <param name="time">Whose zone the times are shown in.</param>
/// <param name="taste">What the user wants to be told of who comes and goes; null: all of it.</param>
public sealed class LineScreen(TimeProvider time, NoticeTaste? taste = null) : IStreamScreen
{
    /// <summary>What the further lines of a message begin with.</summary>
    public const string Continuation = "         | ";

    /// <summary>Stands under a message's date and time, before its further lines.</summary>
    private const string NoDate = "                    | ";

    private readonly HashSet<string> _recording = [];
    private Gathering? _gathering;
    private DateTimeOffset _gatheredAt;

    public void Event(ChatEvent happened, IBufferWriter<byte> to)
    {
        if (taste?.Shown == JoinNotices.Off && happened is JoinedEvent or LeftEvent)
        {
            return;
        }

        if (_gathering?.With(happened, counts: taste?.Shown == JoinNotices.Few) is { } more)
        {
            _gathering = more;
        }
        else if (Gathering.Begin(happened) is { } first)
        {
            Release(to);
            (_gathering, _gatheredAt) = (first, time.GetUtcNow());
            return;
        }
        else if (happened is not NodeEvent)
        {
            Release(to);
        }

        Tell(happened, to);
    }

    public bool IsHolding => _gathering is not null;

    public void Release(IBufferWriter<byte> to)
    {
        if (_gathering is { } gathering)
        {
            _gathering = null;
            Notice(gathering.Text, _gatheredAt, to);
        }
    }

    /// <summary>What is said of a circle. Names are not taken on trust: they are as who signed them wrote them, and shown beside the device.</summary>
    public static string Words(CircleEvent it)
    {
        var device = it.Name.Length > 0 ? $"{it.Name}'s device {it.Device}" : $"the device {it.Device}";
        return it.Change switch
        {
            CircleChange.Admitted => $"{device} is in, let in by {it.By}{(it.Invite.Length > 0 ? $" with the invite {it.Invite}" : "")}",
            CircleChange.PutOut => $"{device} was put out by {it.By}: it is refused from now on, and open invites are void",
            CircleChange.Invited => $"{it.By} has invited {(it.Name.Length > 0 ? it.Name : "somebody")}: invite {it.Invite}",
            _ => $"{it.By} has taken back the invite {it.Invite}",
        };
    }

    private void Tell(ChatEvent happened, IBufferWriter<byte> to)
    {
        switch (happened)
        {
            case JoinedEvent or LeftEvent or HostEvent or FailoverEvent:
                break; // gathered
            case SaidEvent said:
                Message(said, to);
                break;
            case NodeEvent node:
                if (!node.Joined)
                {
                    Recording(node.Node, false, to);
                }

                break;
            case RenamedEvent renamed:
                Notice($"{renamed.Before} is now {renamed.User}", to);
                break;
            case SettingEvent setting:
                Notice(setting.Words, to);
                break;
            case RecordingEvent recording:
                Recording(recording.Node, recording.Recording, to);
                break;
            case CircleEvent circle:
                Notice(Words(circle), to);
                break;
            case WelcomeEvent welcome:
                Welcome(welcome, to);
                break;
            case ConnectionEvent connection:
                Notice(Connection(connection.State) + Because(connection.Why), to);
                break;
            case RefusedEvent refused:
                Notice($"refused: {refused.Why}{(refused.Text.Length == 0 ? "" : $" ({refused.Text})")}", to);
                break;
            case MissedEvent missed:
                Notice($"you missed {Count(missed.Count, "entry", "entries")} while this node was away", to);
                break;
            case RetractedEvent retracted:
                Notice($"what was shown as {retracted.First} to {retracted.Last} was taken back: it is not in the order that goes on", to);
                break;
            case HistoryEvent history:
                History(history, to);
                break;
            case NoticeEvent notice:
                Notice(notice.Text, to);
                break;
            case ByeEvent bye:
                Notice("bye" + Because(bye.Why), to);
                break;
            default:
                throw new UnreachableException($"No words for {happened.GetType().Name}.");
        }
    }

    public void Who(RoomView view, IBufferWriter<byte> to)
    {
        Release(to);
        Notice($"{Count(view.Users.Count, "user", "users")} on {Count(view.Nodes.Count, "node", "nodes")}:", to);
        foreach (var user in view.Users)
        {
            var marks = (user.IsMe, user.OnHost) switch
            {
                (true, true) => " (you, on the host)",
                (true, false) => " (you)",
                (false, true) => " (on the host)",
                _ => "",
            };
            Write(to, $"{Continuation}{SafeText.OneLine(user.Name)} at {SafeText.OneLine(user.Node)}{marks}\n");
        }
    }

    private static string Connection(ConnectionState state) => state switch
    {
        ConnectionState.Connected => "connected",
        ConnectionState.HostSilent => "the host is silent; the others are being asked",
        ConnectionState.CutOff => "cut off from the majority; what you say waits here until that is over",
        ConnectionState.Rejoining => "joining again",
        _ => throw new UnreachableException($"No words for {state}."),
    };

    private static string Because(string why) => why.Length == 0 ? "" : $": {why}";

    internal static string Count(long count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static void Write(IBufferWriter<byte> to, string text) => Encoding.UTF8.GetBytes(text, to);

    /// <summary>What somebody does stands behind the name too: without it, '/me left' would be what this screen itself says of who left.</summary>
    private static IReadOnlyList<string> LinesOf(SaidEvent said)
    {
        var words = SaidWords.Of(said);
        return SafeText.Lines(ChatCommands.Deed(words) is { } deed ? $"* {said.User} {deed}" : words);
    }

    private void Message(SaidEvent said, IBufferWriter<byte> to)
    {
        var lines = LinesOf(said);
        Write(to, $"{Clock(CalendarTime.Of(said.OrderedAt))} {SafeText.OneLine(said.User)}: {lines[0]}\n");
        for (var i = 1; i < lines.Count; i++)
        {
            Write(to, $"{Continuation}{lines[i]}\n");
        }
    }

    private void Welcome(WelcomeEvent welcome, IBufferWriter<byte> to)
    {
        Notice($"you are {welcome.Name}, at {welcome.Node}, process {welcome.Pid}; the host is {welcome.Host}", to);
        Notice($"here: {string.Join(", ", welcome.Users)}", to);
        if (welcome.RoomName.Length + welcome.Topic.Length > 0)
        {
            Notice($"this room is {RoomTitle.Of(welcome.RoomName, welcome.Topic)}", to);
        }

        if (welcome.Last > 0)
        {
            Notice(RoomTitle.Last(welcome.Last), to);
        }

        _recording.Clear();
        _recording.UnionWith(welcome.Recording);
        if (_recording.Count > 0)
        {
            Notice($"this room is recorded: the log is kept by {string.Join(", ", welcome.Recording)}", to);
        }
    }

    /// <summary>Who is here is told who records, whenever that changes.</summary>
    private void Recording(string node, bool records, IBufferWriter<byte> to)
    {
        if (records ? _recording.Add(node) : _recording.Remove(node))
        {
            var rest = _recording.Count == 0 ? "; this room is not recorded any more" : "";
            Notice(records ? $"this room is recorded: node {node} keeps the log from here on" : $"node {node} no longer keeps the log{rest}", to);
        }
    }

    private void History(HistoryEvent history, IBufferWriter<byte> to)
    {
        var found = Count(history.Messages.Count, "message", "messages");
        Notice(
            history.Words.Length == 0 ? $"earlier, {found}:"
            : history.Messages.Count == 0 ? $"no message matches '{history.Words}'" : $"{found} with '{history.Words}':",
            to);
        var gaps = new Queue<HistoryGap>(history.Gaps);
        foreach (var said in history.Messages)
        {
            while (gaps.TryPeek(out var gap) && gap.First < said.Seq)
            {
                Gap(gaps.Dequeue(), to);
            }

            if (said == history.FirstNew)
            {
                Write(to, $"{Continuation}{HistoryReading.NewSince}\n");
            }

            var lines = LinesOf(said);
            Write(to, $"{Continuation}{Zoned(CalendarTime.Of(said.OrderedAt)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} {SafeText.OneLine(said.User)}: {lines[0]}\n");
            for (var i = 1; i < lines.Count; i++)
            {
                Write(to, $"{Continuation}{NoDate}{lines[i]}\n");
            }
        }

        while (gaps.TryDequeue(out var gap))
        {
            Gap(gap, to);
        }

        if (history.IsWelcome)
        {
            Notice("that was before you came", to);
        }
    }

    private static void Gap(HistoryGap gap, IBufferWriter<byte> to) =>
        Write(to, $"{Continuation}[{Count(gap.Last - gap.First + 1, "entry", "entries")} missing: {SafeText.OneLine(gap.Why)}]\n");

    private void Notice(string text, IBufferWriter<byte> to) => Notice(text, time.GetUtcNow(), to);

    private void Notice(string text, DateTimeOffset at, IBufferWriter<byte> to) => Write(to, $"{Clock(at)} * {SafeText.OneLine(text)}\n");

    private string Clock(DateTimeOffset at) => Zoned(at).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private DateTime Zoned(DateTimeOffset at)
    {
        var offset = time.LocalTimeZone.GetUtcOffset(at);
        return new DateTime(Math.Clamp(at.UtcTicks + offset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Unspecified);
    }
}
