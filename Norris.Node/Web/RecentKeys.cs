using Norris.Actors.Protocol;

namespace Norris.Node.Web;

/// <summary>
/// What was said under which idempotency key: who sends a message again because the answer got lost, gets the answer and says nothing twice.
/// Remembers the last <paramref name="capacity"/> keys.
/// </summary>
internal sealed class RecentKeys(int capacity)
{
    private readonly Dictionary<string, (MessageId Id, string Text)> _said = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();

    public bool TryFind(string key, out MessageId id, out string text)
    {
        var found = _said.TryGetValue(key, out var said);
        (id, text) = said;
        return found;
    }

    public void Remember(string key, MessageId id, string text)
    {
        if (!_said.TryAdd(key, (id, text)))
        {
            return;
        }

        _oldestFirst.Enqueue(key);
        if (_oldestFirst.Count > capacity)
        {
            _said.Remove(_oldestFirst.Dequeue());
        }
    }
}
