using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Discovery;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Node.Web;
using RoomNames = Norris.Core.Room.Names;

namespace Norris.Tests.Fuzz;

/// <summary>What the program itself reads that others have written: history, names, texts, searches, requests, links, and files that are carried about.</summary>
internal static class NodeTargets
{
    private static readonly SaidEvent Said = new(7, 3, 0xfeed, new MessageId(new UserId(7), 13), "Zoë", "tea is ready: 1.2.3, «茶» 👋🏽 config.prod.yaml", 1_700_000_000_000, 1_700_000_000_123);

    private static readonly OrderedEvent[] Events =
    [
        new HostEvent(1, 3, 1, "127.0.0.1:4053", false),
        new NodeEvent(2, 3, 2, "127.0.0.1:4053", true, null),
        new JoinedEvent(3, 3, 3, "Zoë", "127.0.0.1:4053", new UserId(7)),
        Said,
        Said with { Seq = 8, Text = "a\u202eb\"\\\n\u001b[2J" },
        new RenamedEvent(9, 3, 4, "李雷", "Zoë", new UserId(7)),
        new RecordingEvent(10, 3, 5, "[::1]:4054", true),
        new SettingEvent(11, 3, 5, "李雷", RoomSettingKind.Name, "Küche", new UserId(7)),
        new LeftEvent(12, 3, 6, "李雷", "127.0.0.1:4053", LeaveReason.Crashed, new UserId(7)),
        new NodeEvent(13, 4, ulong.MaxValue, "[::1]:4054", false, LeaveReason.Silent),
    ];

    private static readonly string[] Names = ["ada", "Zoë", "李雷", "Ian-2", "АDА", "ﬁn", "x y", "ẞtraße", "👩‍🚀", "İ", "é", "a:b", "*x"];

    public static IEnumerable<FuzzTarget> All()
    {
        yield return new("page", 60, HistoryLimits.PageBytes, 64 * 1024, 128, Page)
        {
            IsProto = true,
            Samples = Events.Select(e => new[] { e }).Append(Events).Append(Events[2..5]).Append([]).Select(Written),
            Check = entries => CheckPage((IReadOnlyList<OrderedEvent>)entries),
        };
        yield return new("name", 80, 1024, 64 * 1024, 1024, bytes => Name(FuzzTarget.TextOf(bytes)))
        {
            Samples = FuzzTarget.Texts(Names),
            Check = name => CheckName((string)name),
        };
        yield return new("text", 40, Limits.TextBytes, 64 * 1024, 192, bytes => Show(FuzzTarget.TextOf(bytes)))
        {
            Check = shown => CheckShown((ShownText)shown),
            Samples = FuzzTarget.Texts([.. Names, Said.Text, "a\tb\r\nc\u2028d", "plain", "\u001b[31mred", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"]),
        };
        yield return new("search", 50, 8192, 64 * 1024, 2048, bytes => Search(FuzzTarget.TextOf(bytes)))
        {
            Samples = FuzzTarget.Texts("tea ready", "\"tea is\" -coffee conf* from:ada -from:Zoë", "since:2026-01-31 until:2026-01-31T18:00", "1.2.3 茶 👋", "from:\"x y\" since:2026-01-31T18:00:01.123Z", "“config.prod”"),
            Check = query => CheckSearch((SearchQuery)query),
        };
        yield return new("line", 40, InputLine.MaxBytes, 64 * 1024, 512, bytes => InputLine.Read(bytes) is var action and not InputAction.Refuse ? ReadLineJson.Of(action) : null)
        {
            Samples = FuzzTarget.Texts(["hello", "//x", .. ChatCommands.All.Select(c => c.Name), "/name Zoë", "/history 20", "/search tea", "/hlep", "/"]),
        };
        yield return Body("message", WebJson.Default.MessageJson, """{"text":"hello","key":"k1"}""", """{"text":"\u007f\ud83d\ude00\"\\","key":null}""");
        yield return Body("enter", WebJson.Default.EnterJson, """{"name":"Zoë"}""", "{}");
        yield return Body("typed", WebJson.Default.LineJson, """{"line":"/search tea"}""", """{ "LINE" : "//x", "other": [1, {"a": 1e3}, true] }""");

        var keys = new WebKeys(new byte[WebKeys.TokenBytes]);
        yield return new("keys", 20, 8192, 64 * 1024, 64, bytes => Known(keys, FuzzTarget.TextOf(bytes)))
        {
            Samples = FuzzTarget.Texts(keys.Token, keys.OwnCookie, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AA=="),
        };
        yield return new("address", 40, 4096, 64 * 1024, 1024, bytes => Address(FuzzTarget.TextOf(bytes)))
        {
            Samples = FuzzTarget.Texts("192.168.1.7", "chat.example:4100", "[::1]:4053", "::1", "127.1", "[::ffff:127.0.0.1]", "fe80::1%eth0", "localhost:8080", "0.0.0.0:8080", "8080", "bücher.example"),
            Check = endpoint => CheckAddress((Endpoint)endpoint),
        };

        var announced = Announcement.Of("norris-1", new("192.168.1.7", 4053), "0123456789abcdef")!;
        yield return new("mdns", 60, DiscoveryLimits.PacketBytes + 1, 256 * 1024, 1024, packet => DnsMessage.Read(packet))
        {
            Samples =
            [
                announced.Message().Write(), (announced with { At = new("fd00::7", 4053), Mark = null }).Message(isGoodbye: true).Write(), (announced with { At = new("chat.example", 1) }).Message().Write(),
                Announcement.Question.Write(), [0, 0, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 97, 0, 0, 12, 0x80, 1, 1, 98, 0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 19],
            ],
            Check = message => CheckAnnounced((DnsMessage)message),
        };

        var profile = new UserProfile("Zoë", new byte[32]) { ReadTo = [("00000000000000ff", 7), ("0000000000000001", long.MaxValue)] };
        yield return new("profile", 40, 1024 * 1024, 128 * 1024, 256, bytes => Profile(bytes))
        {
            Samples = [Written(profile), Written(new UserProfile("", new byte[32]))],
            Check = read => FuzzTarget.Holds(Written((UserProfile)read).AsSpan().SequenceEqual(Written(Profile(Written((UserProfile)read))!)), "a profile is the same when it is written and read again"),
        };
        yield return new("token", 10, 8192, 64 * 1024, 8, bytes => WebToken.Read(new StreamReader(new MemoryStream(bytes))))
        {
            Samples = FuzzTarget.Texts($"{keys.Token}\n", keys.Token, $" {keys.Token}\r\n"),
            Check = token => FuzzTarget.Holds(((byte[])token).Length == WebKeys.TokenBytes, "a token has its length"),
        };
    }

    private static byte[] Written(IEnumerable<OrderedEvent> entries) => PageFormat.Write(PageFormat.Fitting(entries)).ToArray();

    private static IReadOnlyList<OrderedEvent>? Page(byte[] bytes)
    {
        try
        {
            return PageFormat.Read(bytes);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static void CheckPage(IReadOnlyList<OrderedEvent> entries)
    {
        FuzzTarget.Holds(entries.All(e => HistoryRow.Of(e).ToEvent() == e), "an entry is the same when it comes back from a store");
        FuzzTarget.Holds(PageFormat.Read(Written(entries)).SequenceEqual(entries), "a page is the same when it is sent on");
        foreach (var said in entries.OfType<SaidEvent>())
        {
            _ = SearchWords.Indexed(said.Text, said.User).Count();
        }
    }

    private static void CheckAnnounced(DnsMessage message)
    {
        // Names are written whole, so a packet may grow beyond what is read.
        var written = message.Write();
        FuzzTarget.Holds(written.Length > DiscoveryLimits.PacketBytes || DnsMessage.Read(written) is { } again && again.Write().AsSpan().SequenceEqual(written), "a packet is the same when it is written and read again");
        var responder = new Responder(() => 20);
        responder.Next(Announcement.Of("norris-1", new("192.168.1.7", 4053), null), 0);
        responder.Hear(message, 1);
        FuzzTarget.Holds(responder.Due >= DiscoveryLimits.PauseMs, "nobody has it say anything within a second");
        foreach (var found in FoundRoom.In(message))
        {
            FuzzTarget.Holds(Endpoints.TryParse(found.At.ToString(), out var at, out _) && at == found.At && !Endpoints.IsLoopback(at.Host), "a place that is found is one in the network");
        }
    }

    private static string? Name(string wanted) => RoomNames.TryNormalise(wanted, out var name, out _) ? name : null;

    private static void CheckName(string name)
    {
        FuzzTarget.Holds(Name(name) == name && name.Length <= Limits.NameLength, "a name is its own normal form");
        var looks = Looks.Of(name);
        FuzzTarget.Holds(RoomNames.Key(name).Length > 0 && looks.Folded.Length > 0 && looks.Seen.Length > 0, "a name looks like something");
        FuzzTarget.Holds(SafeText.OneLine(name) == name, "a name can be shown as it is");
        var free = RoomNames.FirstFree(name, taken => taken == name);
        FuzzTarget.Holds(free != name && free.Length <= Limits.NameLength, "a name that is taken gets a suffix, and that is a name");
    }

    private static ShownText Show(string text)
    {
        using var json = new JsonLines();
        return new(text, SafeText.OneLine(text), SafeText.Lines(text), json.Format(Said with { Text = text }).ToArray());
    }

    private static void CheckShown(ShownText shown)
    {
        var (text, line, lines, json) = shown;
        FuzzTarget.Holds(line.EnumerateRunes().All(SafeText.IsSafe) || text.Contains("\U0001F3F4", StringComparison.Ordinal), "what is shown is safe");
        FuzzTarget.Holds(lines.Append(line).All(l => SafeText.OneLine(l) == l), "what is shown is safe to show again");
        FuzzTarget.Holds(JsonElement.Parse(json).GetProperty("text").GetString() is var said && (!FuzzTarget.IsWhole(text) || said == text), "a text is the same after JSON");
    }

    private static SearchQuery? Search(string text)
    {
        try
        {
            return SearchQuery.Parse(text, TimeZoneInfo.Utc);
        }
        catch (HistoryStoreException e) when (e.Fault == StoreFault.Name)
        {
            return null;
        }
    }

    private static void CheckSearch(SearchQuery query)
    {
        var again = SearchQuery.Parse(query.ToString(), TimeZoneInfo.Utc);
        FuzzTarget.Holds(again.ToString() == query.ToString() && again.Indexed.SequenceEqual(query.Indexed), "a question is the same on another node");
        FuzzTarget.Holds(again.Matches(Said) == query.Matches(Said), "it finds the same there");
    }

    private static FuzzTarget Body<T>(string name, JsonTypeInfo<T> type, params string[] samples)
        where T : class =>
        new(name, 20, WebOptions.BodyBytes, 64 * 1024, 32, body => RequestBody.Parse(body, type).Body) { Samples = FuzzTarget.Texts(samples) };

    private static string? Known(WebKeys keys, string sent)
    {
        FuzzTarget.Holds(!keys.TakeLink(sent), "nobody guesses a link");
        FuzzTarget.Holds(!keys.IsGuestCookie(sent), "nobody makes a guest's cookie up");
        return keys.IsToken(sent) || keys.IsOwnCookie(sent) ? sent : null;
    }

    private static Endpoint? Address(string text)
    {
        _ = WebOptions.TryParse(text, out _, out var whyNot);
        FuzzTarget.Holds(Endpoints.TryParse(text, out var endpoint, out var why) || why.Length > 0, "a refusal says why");
        return why.Length == 0 ? endpoint : null;
    }

    private static void CheckAddress(Endpoint endpoint)
    {
        FuzzTarget.Holds(Endpoints.TryParse(endpoint.ToString(), out var again, out _) && again == endpoint, "an address is the same when it is written and read again");
        _ = Endpoints.IsLoopback(endpoint.Host);
    }

    private static UserProfile? Profile(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return ProfileStore.Read(stream);
    }

    private static byte[] Written(UserProfile profile)
    {
        using var stream = new MemoryStream();
        ProfileStore.Write(stream, profile);
        return stream.ToArray();
    }

    private sealed record ShownText(string Text, string Line, IReadOnlyList<string> Lines, byte[] Json);
}
