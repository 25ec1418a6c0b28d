using System.Text;
using Spectre.Console;

namespace Norris.Lab.Demo;

/// <summary>The demo's picture on a terminal. The only file that needs Spectre's console, so that nobody else loads it.</summary>
internal static class DemoScreen
{
    private const int SmallestWidth = 60;
    private const int SmallestHeight = 18;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether there is a terminal here that is large enough.</summary>
    public static bool Fits() => AnsiConsole.Profile.Capabilities.Ansi && AnsiConsole.Profile.Width >= SmallestWidth && AnsiConsole.Profile.Height >= SmallestHeight;

    /// <summary>Draws until the work is done; the last picture stays. Passes on what the work throws.</summary>
    /// <param name="oneLine">Makes a text one line that does nothing to a terminal.</param>
    public static async Task Show(Func<DemoState> state, Func<string, string> oneLine, Task work)
    {
        Console.OutputEncoding = Encoding.UTF8;
        await AnsiConsole.Live(Picture(state, oneLine)).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, Task.Delay(Redraw));
                live.UpdateTarget(Picture(state, oneLine));
            }
        });
        await work;
    }

    // One row less than there is: the cursor stands below the picture.
    private static FixedHeight Picture(Func<DemoState> state, Func<string, string> oneLine)
    {
        var (width, height) = (AnsiConsole.Profile.Width, AnsiConsole.Profile.Height - 1);
        return new FixedHeight(DemoPicture.Draw(state(), oneLine, width, height), height);
    }
}
