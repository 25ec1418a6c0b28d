namespace Norris.Node.Tui;

/// <summary>Whether there is a terminal that the screen can be drawn on. Asking does not load what draws.</summary>
public static class TuiTerminal
{
    /// <summary>False where the line screen has to do; <paramref name="why"/> then says so in words that go after "no full screen: ".</summary>
    public static bool CanRun(out string why)
    {
        int width = 0, height = 0;
        if (!Console.IsInputRedirected && !Console.IsOutputRedirected)
        {
            try
            {
                (width, height) = (Console.WindowWidth, Console.WindowHeight);
            }
            catch (IOException)
            {
                // Judged below like a terminal that does not tell its size.
            }
        }

        why = WhyNot(Console.IsInputRedirected, Console.IsOutputRedirected, OperatingSystem.IsWindows() ? "windows" : Environment.GetEnvironmentVariable("TERM"), width, height);
        return why.Length == 0;
    }

    /// <summary>The judgement alone. Empty: it can.</summary>
    public static string WhyNot(bool inputRedirected, bool outputRedirected, string? term, int width, int height) =>
        inputRedirected ? "the input is not a terminal"
        : outputRedirected ? "the output is not a terminal"
        : string.IsNullOrEmpty(term) ? "TERM is not set, so the terminal is unknown"
        : term is "dumb" or "unknown" or "emacs" ? $"TERM={term} cannot move the cursor"
        : width <= 0 || height <= 0 ? "the terminal does not tell its size"
        : width < TuiLimits.MinWidth || height < TuiLimits.MinHeight
            ? $"the terminal has {width}x{height} places, and {TuiLimits.MinWidth}x{TuiLimits.MinHeight} are needed"
        : "";
}
