using System.Collections;

namespace Norris.Tests.Wire;

/// <summary>A list that counts how often it is walked through.</summary>
internal sealed class CountedList<T>(IReadOnlyList<T> items) : IReadOnlyList<T>
{
    private int _walks;

    public int Walks => Volatile.Read(ref _walks);

    public int Count => items.Count;

    public T this[int index] => items[index];

    public IEnumerator<T> GetEnumerator()
    {
        Interlocked.Increment(ref _walks);
        return items.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
