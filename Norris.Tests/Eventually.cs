using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Norris.Tests;

/// <summary>Waits for what comes sooner or later, and fails with what was seen instead where it does not.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks again and again until what is seen is as wanted, and gives it.</summary>
    /// <param name="within">20 s if left out.</param>
    /// <param name="show">What a failure says was seen; the value itself if left out.</param>
    public static async Task<T> Sees<T>(
        Func<Task<T>> look, Func<T, bool> wanted, TimeSpan? within = null, Func<T, string>? show = null, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        var limit = within ?? Soon;
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = await look().WaitAsync(limit);
            if (wanted(seen))
            {
                return seen;
            }

            if (Stopwatch.GetElapsedTime(began) > limit)
            {
                Assert.Fail($"not within {limit.TotalSeconds:0} s: {what}\nseen: {show?.Invoke(seen) ?? $"{seen}"}");
            }

            await Task.Delay(LookAgain);
        }
    }

    /// <inheritdoc cref="Sees"/>
    public static Task<T> Sees<T>(
        Func<T> look, Func<T, bool> wanted, TimeSpan? within = null, Func<T, string>? show = null, [CallerArgumentExpression(nameof(wanted))] string what = "") =>
        Sees(() => Task.FromResult(look()), wanted, within, show, what);

    public static Task Holds(Func<bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Sees(condition, holds => holds, within, what: what);

    public static Task Holds(Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Sees(condition, holds => holds, within, what: what);
}
