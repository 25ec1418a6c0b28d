using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Node.Web;

/// <summary>
/// What was said under which idempotency key: who sends a message again because the answer got lost, gets the answer and says nothing twice.
/// Remembers the last <paramref name="capacity"/> keys, as digests: a key and its message take the same few bytes however long they are.
/// </summary>
internal sealed class RecentKeys(int capacity)
{
    private readonly Dictionary<UInt128, (MessageId Id, UInt128 Text)> _said = [];
    private readonly Queue<UInt128> _oldestFirst = new();

    /// <param name="conflict">The key was used for another text.</param>
    public bool TryFind(string key, string text, out MessageId id, out bool conflict)
    {
        var found = _said.TryGetValue(Digest(key), out var said);
        (id, conflict) = (said.Id, found && said.Text != Digest(text));
        return found;
    }

    public void Remember(string key, MessageId id, string text)
    {
        var digest = Digest(key);
        if (!_said.TryAdd(digest, (id, Digest(text))))
        {
            return;
        }

        _oldestFirst.Enqueue(digest);
        if (_oldestFirst.Count > capacity)
        {
            _said.Remove(_oldestFirst.Dequeue());
        }
    }

    /// <summary>Half of a SHA-256: nobody finds two texts with the same one.</summary>
    private static UInt128 Digest(string text) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
