using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>This is to be in the order; the answer is null where it is, or why it cannot be.</summary>
internal sealed record AskEntry(Entry Entry, TaskCompletionSource<string?> Answer);

/// <summary>Nobody waits for that any more.</summary>
internal sealed record DropEntry(AskEntry Ask);

/// <summary>Who waits for what to be in the order, and what they are told. One thread calls: the replica's actor.</summary>
internal sealed class AskedEntries
{
    private readonly List<AskEntry> _open = [];
    private readonly List<(AskEntry Ask, string? WhyNot)> _answered = [];

    public void Add(AskEntry ask) => _open.Add(ask);

    public bool Remove(AskEntry ask) => _open.Remove(ask);

    /// <summary>It is in the order, or cannot be.</summary>
    public void Answered(Entry entry, string? whyNot)
    {
        _answered.AddRange(_open.Where(a => a.Entry == entry).Select(a => (a, whyNot)));
        _open.RemoveAll(a => a.Entry == entry);
    }

    /// <summary>Whoever looks at the room by now finds what was delivered: those who asked for it are told.</summary>
    public void Answer()
    {
        foreach (var (ask, whyNot) in _answered)
        {
            ask.Answer.TrySetResult(whyNot);
        }

        _answered.Clear();
    }
}
