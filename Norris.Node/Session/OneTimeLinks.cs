using System.Security.Cryptography;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>A link that is good once.</summary>
/// <param name="Code">What it ends with.</param>
/// <param name="Name">Who it is for; empty: anybody.</param>
/// <param name="Until">Until when it is good.</param>
public sealed record OneTimeLink(InviteCode Code, string Name, DateTimeOffset Until);

/// <summary>Links that are good once each, kept in memory. Of too many the oldest are worth nothing. Safe for several threads.</summary>
/// <param name="most">How many wait to be opened.</param>
/// <param name="lasts">For how long one is good; null: it has no end.</param>
internal sealed class OneTimeLinks(int most, TimeSpan? lasts, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<OneTimeLink> _open = [];

    public OneTimeLink New(string name)
    {
        var code = InviteCode.Of(RandomNumberGenerator.GetBytes(InviteCode.SecretLength));
        var link = new OneTimeLink(code, name, lasts is { } span ? time.GetUtcNow() + span : DateTimeOffset.MaxValue);
        lock (_lock)
        {
            _open.RemoveAll(other => other.Code.Id == code.Id || other.Until <= time.GetUtcNow());
            _open.Add(link);
            if (_open.Count > most)
            {
                _open.RemoveAt(0);
            }
        }

        return link;
    }

    /// <summary>The link that ends so; it is worth nothing afterwards. Null: there is none, or not any more.</summary>
    public OneTimeLink? Take(string code)
    {
        InviteKey key;
        try
        {
            key = InviteCode.Parse(code).Key; // a digest: how long it takes to compare tells nothing of the code
        }
        catch (FormatException)
        {
            return null;
        }

        return Remove(link => link.Code.Key == key);
    }

    /// <summary>False: there is none of that name, or not any more.</summary>
    public bool TakeBack(InviteId id) => Remove(link => link.Code.Id == id) is not null;

    private OneTimeLink? Remove(Predicate<OneTimeLink> which)
    {
        lock (_lock)
        {
            var at = _open.FindIndex(which);
            if (at < 0)
            {
                return null;
            }

            var link = _open[at];
            _open.RemoveAt(at);
            return link.Until > time.GetUtcNow() ? link : null;
        }
    }
}
