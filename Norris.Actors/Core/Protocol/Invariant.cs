using System.Diagnostics.CodeAnalysis;

namespace Norris.Core.Protocol;

/// <summary>
/// What must be so whatever comes, looked at in release as well: a machine that finds it broken stops before it tells anybody what may be wrong. Never of what a message says: that is checked,
/// and not believed.
/// </summary>
internal static class Invariant
{
    /// <param name="condition">What must be so.</param>
    /// <param name="what">The same in words.</param>
    public static void Holds([DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"It has to be so, and is not: {what}.");
        }
    }
}
