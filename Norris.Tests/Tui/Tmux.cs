using Norris.Lab.Processes;

namespace Norris.Tests.Tui;

/// <summary>A terminal that a test can type into and look at: a tmux server of its own with one pane.</summary>
internal sealed class Tmux : IDisposable
{
    /// <summary>For a busy machine; a test that passes never waits for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _server = $"norris-{Environment.ProcessId}-{Guid.NewGuid():N}";

    /// <param name="command">What the pane runs, for sh. When it ends the pane stays, so that it can be looked at.</param>
    public Tmux(int width, int height, string command)
    {
        Skip.IfNot(IsThere, "tmux is not installed, so the terminal screen was not driven");
        Run("start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "history-limit", "0", ";",
            "new-session", "-d", "-x", $"{width}", "-y", $"{height}", command);
    }

    public static bool IsThere { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "tmux")));

    public string[] Screen => Run("capture-pane", "-p").Split('\n')[..^1];

    /// <summary>The screen with the blanks at the ends of its rows.</summary>
    public string[] Blanks => Run("capture-pane", "-p", "-N").Split('\n')[..^1];

    /// <summary>The screen with its styles, as escape sequences of SGR.</summary>
    public string[] Styled => Run("capture-pane", "-p", "-e", "-N").Split('\n')[..^1];

    /// <summary>One of tmux's own words on the pane, such as alternate_on.</summary>
    public string Ask(string what) => Run("display-message", "-p", $"#{{{what}}}").Trim();

    /// <summary>Sends a signal to what the pane runs; the command has to be exec'd for that.</summary>
    public void Signal(string name) => Run("run-shell", $"kill -s {name} #{{pane_pid}}");

    public void Type(string text) => Run("send-keys", "-l", text);

    public void Press(params string[] keys) => Run(["send-keys", .. keys]);

    /// <summary>Sends the characters as they are, as a terminal does for a key that tmux has no name for.</summary>
    public void Send(string raw) =>
        Run(["send-keys", "-H", .. System.Text.Encoding.UTF8.GetBytes(raw).Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture))]);

    public void Say(string text)
    {
        Type(text);
        Press("Enter");
    }

    public void Paste(string text)
    {
        Run("set-buffer", text);
        Run("paste-buffer", "-p");
    }

    public void Resize(int width, int height) => Run("resize-window", "-x", $"{width}", "-y", $"{height}");

    public Task<string[]> See(string text) => See(screen => screen.Any(row => row.Contains(text, StringComparison.Ordinal)), text);

    /// <summary>The screen once it is as wanted; fails with the last one when it never is.</summary>
    public Task<string[]> See(Func<string[], bool> wanted, string what) => Eventually.Sees(() => Screen, wanted, Patience, rows => string.Join('\n', rows), what);

    public void Dispose() => Run("kill-server");

    private string Run(params string[] arguments)
    {
        var (code, output, errors) = SystemProgram.Run(["tmux", "-u", "-L", _server, "-f", "/dev/null", .. arguments], start =>
        {
            start.StandardOutputEncoding = System.Text.Encoding.UTF8;
            start.Environment["TERM"] = "xterm-256color";
        }).GetAwaiter().GetResult();
        return code == 0 ? output : throw new InvalidOperationException($"tmux {string.Join(' ', arguments)}: {errors}");
    }
}
