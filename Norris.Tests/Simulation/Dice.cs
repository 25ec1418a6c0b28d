namespace Norris.Tests.Simulation;

/// <summary>SplitMix64: the same numbers from the same seed on every platform and runtime, which System.Random does not promise.</summary>
public sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below a bound.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>From <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public long Between(long low, long high) => low + (long)(Next() % (ulong)(high - low + 1));

    /// <summary>True with a probability of so many in a thousand.</summary>
    public bool Permille(int chance) => Below(1000) < chance;

    public T Of<T>(IReadOnlyList<T> from) => from[Below(from.Count)];
}
