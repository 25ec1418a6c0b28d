using System.Globalization;
using System.Text.RegularExpressions;

namespace Norris.Tests.Tui;

/// <summary>The real screen in a real terminal, seen through what the terminal shows.</summary>
public sealed partial class TuiScreenSpec
{
    private static readonly string Program = $"'{Environment.ProcessPath}' '{typeof(TuiStage).Assembly.Location}' {TuiStage.Argument}";

    private static readonly string Stage = $"exec {Program}";

    /// <summary>Tells after the screen whether the terminal's settings are what they were.</summary>
    private static readonly string StageWithCheck =
        $"echo before the screen; was=$(stty -g); {Program}; code=$?; [ \"$was\" = \"$(stty -g)\" ] && echo same settings, code $code; cat";

    [SkippableTheory]
    [InlineData(80, 24)]
    [InlineData(200, 60)]
    public async Task A_chat_is_seen_at_any_size(int width, int height)
    {
        using var terminal = new Tmux(width, height, Stage);
        await terminal.See("● connected");
        terminal.Say("hello, world");
        await terminal.See("alice: hello, world");

        // The screen may be read while it is being drawn: only a whole one has all that is wanted.
        var screen = await terminal.See(
            rows => rows[1].EndsWith("│ [you] alice", StringComparison.Ordinal)
                && rows[^2].Contains("host 127.0.0.1:4053  epoch 1  seq 3  #daa66d2c", StringComparison.Ordinal) && rows[^1].TrimEnd() == "alice›",
            "what was said, who is here, how it stands, and an empty input");

        Assert.Equal(height, screen.Length);
        Assert.Contains(screen, row => row.StartsWith("09:26 alice: hello, world", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_resize_lays_everything_out_anew_and_keeps_what_was_typed()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Type("half a thou");
        await terminal.See("alice› half a thou");
        foreach (var (width, height) in new[] { (200, 60), (50, 10), (80, 24) })
        {
            terminal.Resize(width, height);
            await terminal.See(
                rows => rows.Length == height && rows[^1].StartsWith("alice› half a thou", StringComparison.Ordinal)
                    && rows[^2].Contains("● connected", StringComparison.Ordinal) && rows[0].Contains("│ People 3", StringComparison.Ordinal) == width >= 60,
                string.Create(CultureInfo.InvariantCulture, $"the input at {width}x{height}, and the people where there is room for them"));
        }

        terminal.Type("ght");
        terminal.Press("Enter");
        await terminal.See("alice: half a thought");
    }

    [SkippableFact]
    public async Task A_node_that_was_stopped_and_goes_on_still_has_its_screen_and_its_keys()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Signal("STOP");
        terminal.Type("typed blindly");
        terminal.Signal("CONT");
        await terminal.See("bob: later 30");
        await terminal.See("alice› typed blindly");
        terminal.Press("Enter");
        await terminal.See("alice: typed blindly");
    }

    [SkippableFact]
    public async Task Tab_completes_names_and_commands()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Type("/na");
        terminal.Press("Tab");
        await terminal.See("alice› /name");
        terminal.Press("C-u");
        terminal.Type("hi @b");
        terminal.Press("Tab");
        await terminal.See("alice› hi @bob");
        terminal.Type("!");
        await terminal.See("alice› hi @bob !");
    }

    [SkippableFact]
    public async Task Own_messages_wait_in_sight_until_they_are_in_the_order()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Say("!hold");
        terminal.Say("patience");
        await terminal.See("···  alice: patience");
        terminal.Say("!release");
        await terminal.See(rows => rows.Any(row => row.StartsWith("09:26 alice: patience", StringComparison.Ordinal)), "patience in its place");
    }

    [SkippableFact]
    public async Task Reading_further_up_keeps_its_place_while_messages_pour_in()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Say("!flood 200");
        await terminal.See("bob: flood 200");
        terminal.Press("PPage", "PPage");
        var before = await terminal.See(
            rows => FloodIn(rows[0]) is >= 140 and <= 149 and var first && rows[..^3].Select(FloodIn).SequenceEqual(Enumerable.Range(first, rows.Length - 3)),
            "two pages up, each message under the one before it");
        terminal.Type("typed while ");
        terminal.Signal("CONT");
        var after = await terminal.See("30 new messages below");
        terminal.Type("they come");

        Assert.Equal(before[..^3], after[..^3]);
        await terminal.See("alice› typed while they come");
        terminal.Press("C-End");
        await terminal.See("bob: later 30");
    }

    /// <summary>The number of the message in a row of the flood; -1: there is none.</summary>
    private static int FloodIn(string row) => Flood().Match(row) is { Success: true } found ? int.Parse(found.ValueSpan, CultureInfo.InvariantCulture) : -1;

    [GeneratedRegex("(?<=bob: flood )[0-9]+(?= )")]
    private static partial Regex Flood();

    [SkippableFact]
    public async Task Wide_characters_stay_in_their_columns()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Say("!wide");
        await terminal.See(
            rows => rows.Any(row => row.TrimEnd().EndsWith("日本語と한국어 👋 👩‍👩‍👧     👍 🇩🇪 é ❤ end" + new string(' ', 12) + "│", StringComparison.Ordinal)),
            "the text, and the border in its column behind it");
        terminal.Type("日本👋🏽x");
        await terminal.See("alice› 日本👋x");
        await terminal.See(_ => terminal.Ask("cursor_x") == "14", "the cursor after seven columns of text");
    }

    [SkippableFact]
    public async Task Every_script_is_whole_and_moves_no_border()
    {
        using var terminal = new Tmux(80, 50, Stage);
        await terminal.See("● connected");
        string[] texts = [.. Scripts.Words, string.Join(' ', Scripts.Words[..4]), "👨‍👩‍👧 🇩🇪🇫🇷 🏳‍🌈 end"];
        foreach (var text in texts)
        {
            terminal.Paste(text);
            await terminal.See(rows => WithoutBlanks(string.Concat(rows[^3..])).EndsWith(WithoutBlanks(text), StringComparison.Ordinal), $"{text} typed");
            terminal.Press("Enter");
        }

        await terminal.See(
            rows => texts.All(text => WithoutBlanks(string.Concat(rows.Select(row => row.Split('│')[0]))).Contains(WithoutBlanks(text), StringComparison.Ordinal)),
            "every text");
        await terminal.See(_ => terminal.Blanks[..^2].All(row => row.Length - row.IndexOf('│', StringComparison.Ordinal) == 80 - 61), "every border 19 columns before the end");
    }

    private static string WithoutBlanks(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    [SkippableFact]
    public async Task Keys_that_mean_nothing_are_ignored_and_the_draft_stays()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Type("dra");
        await terminal.See("alice› dra");
        for (var n = 0; n < 200; n++)
        {
            // What the editor has keys for would move its cursor.
            if (n is not (1 or 3 or 4 or 5 or 6))
            {
                terminal.Send($"\e[{n}~");
            }
        }

        terminal.Send("\e[201~");
        terminal.Press("C-z");
        await terminal.See("would hold it up while stopped");
        terminal.Type("ft");
        await terminal.See("alice› draft");
        terminal.Press("Enter");
        await terminal.See("alice: draft");
    }

    [SkippableFact]
    public async Task A_long_paste_of_many_lines_arrives_whole()
    {
        using var terminal = new Tmux(80, 60, Stage);
        await terminal.See("● connected");
        var lines = Enumerable.Range(10, 40).Select(i => $"{i}: größe naïve 日本語 👋 {new string('é', i % 20)}|").ToArray();
        terminal.Paste(string.Join('\n', lines));
        await terminal.See(rows => rows[^1].Contains(lines[^1], StringComparison.Ordinal), "the end of the paste");
        terminal.Press("Enter");
        await terminal.See(rows => lines.All(line => rows.Any(row => row.Contains(line, StringComparison.Ordinal))), "every line");
    }

    [SkippableFact]
    public async Task Hostile_texts_are_shown_and_not_obeyed()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Say("!hostile");
        string[] wanted = ["<U+001B>[2J<U+001B>[31mred", "<U+202E>evil<U+2066>", "you are alice"];
        await terminal.See(rows => wanted.All(text => rows.Any(row => row.Contains(text, StringComparison.Ordinal))), "both texts, below what was there");
        Assert.NotEqual("owned", terminal.Ask("pane_title"));
    }

    [SkippableFact]
    public async Task The_pages_open_and_close_by_keys()
    {
        using var terminal = new Tmux(80, 24, Stage);
        await terminal.See("● connected");
        terminal.Say("!failover");
        await terminal.See("127.0.0.1:4054 took over from 127.0.0.1:4053");
        terminal.Say("/inside");
        await terminal.See("1.84 s  epoch 2  127.0.0.1:4053 → 127.0.0.1:4054");
        terminal.Say("/who");
        await terminal.See("──── Who is here · Esc closes");
        terminal.Say("/help");
        await terminal.See("──── Help · Esc closes");
        terminal.Press("Escape");
        await terminal.See("çağla is gone: its process died");
    }

    [SkippableTheory]
    [InlineData("/leave", "code 0", "stage: code 0, left True")]
    [InlineData("/quit", "code 0", "stage: code 0, left True")]
    [InlineData("!bye", "code 1", "the session is over: expelled: too slow")]
    [InlineData("!crash", "code 134", "Unhandled exception. System.InvalidOperationException: the stage fell down")]
    [InlineData("!exit", "code 7", "before the screen")]
    [InlineData("!throw", "code 134", "the stage fell down under the screen")]
    [InlineData("!signal SIGTERM", "code 0", "stage: code 0, left True")]
    [InlineData("!signal SIGINT", "code 0", "stage: code 0, left True")]
    [InlineData("!signal SIGHUP", "code 0", "stage: code 0, left True")]
    [InlineData("!signal SIGQUIT", "code 0", "stage: code 0, left True")]
    public async Task The_terminal_is_as_it_was_on_every_way_out(string way, string code, string words)
    {
        using var terminal = new Tmux(120, 60, StageWithCheck);
        await terminal.See("● connected");
        Assert.Equal("1", terminal.Ask("alternate_on"));
        terminal.Say(way);
        var screen = await terminal.See($"same settings, {code}");

        Assert.StartsWith("before the screen", screen[0], StringComparison.Ordinal);
        Assert.Contains(screen, row => row.Contains(words, StringComparison.Ordinal));
        Assert.DoesNotContain(screen, row => row.Contains('│', StringComparison.Ordinal));
        Assert.Equal("0 0 1", $"{terminal.Ask("alternate_on")} {terminal.Ask("mouse_any_flag")} {terminal.Ask("cursor_flag")}");
        terminal.Say("typed after");
        await terminal.See(rows => rows.Count(row => row.StartsWith("typed after", StringComparison.Ordinal)) == 2, "the echo and cat's answer");
    }

    [SkippableFact]
    public async Task What_others_print_meanwhile_comes_after_the_screen()
    {
        using var terminal = new Tmux(80, 24, StageWithCheck);
        await terminal.See("● connected");
        terminal.Say("!print");
        var screen = await terminal.See("alice: !print");
        Assert.DoesNotContain(screen, row => row.Contains("behind the screen", StringComparison.Ordinal));
        terminal.Say("/leave");
        await terminal.See("printed behind the screen's back");
    }

    [SkippableFact]
    public async Task A_terminal_that_cannot_is_left_alone_and_nothing_is_loaded_for_it()
    {
        using var terminal = new Tmux(80, 24, $"TERM=dumb {Program}; cat");
        await terminal.See("no full screen: TERM=dumb cannot move the cursor; Terminal.Gui loaded: False");
    }
}
