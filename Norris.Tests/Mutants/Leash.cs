using System.Runtime.CompilerServices;

namespace Norris.Tests.Mutants;

/// <summary>
/// Ends a mutant that would run for ever, recurse for ever or fill the memory: every method and every loop of the mutated machines pulls at it.
/// That is a failure of the machine like any other, so the mutant is found.
/// </summary>
public static class Leash
{
    /// <summary>How many pulls a seed has: far more than the unchanged machines need (a spec looks).</summary>
    public const long Length = 300_000_000;

    private const long LookAtMemoryEvery = 1 << 18;
    private const long MostBytes = 3L << 30;

    [ThreadStatic]
    private static long _pulls;

    /// <summary>How often this thread has pulled since it was let loose.</summary>
    public static long Pulls => _pulls;

    /// <summary>A new seed, or a new spec, begins on this thread.</summary>
    public static void Loosen() => _pulls = 0;

    public static void Pull()
    {
        if (++_pulls % LookAtMemoryEvery != 0)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            return;
        }

        if (_pulls > Length || GC.GetTotalMemory(false) > MostBytes)
        {
            throw new InvalidOperationException("the machine runs away");
        }
    }
}
