using System.Diagnostics;

namespace Norris.Tests.Web;

/// <summary>Waits for a condition, and fails where it does not come.</summary>
internal static class Eventually
{
    public static async Task Holds(Func<Task<bool>> condition, int withinSeconds = 20)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(withinSeconds), $"did not happen within {withinSeconds} s");
            await Task.Delay(20);
        }
    }

    public static Task Holds(Func<bool> condition, int withinSeconds = 20) => Holds(() => Task.FromResult(condition()), withinSeconds);
}
