using System.Security.Cryptography;
using System.Text;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>
/// The users of browsers elsewhere, by the cookie that each browser keeps. Bounded, also for each address; who has had no page open for the grace leaves
/// the room.
/// Safe for several threads.
/// </summary>
internal sealed class Guests(IChatNode node, WebOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WebUser> _byCookie = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byCookie.Count;
            }
        }
    }

    public WebUser? Find(string cookie)
    {
        lock (_lock)
        {
            return _byCookie.TryGetValue(cookie, out var user) && !user.Done.IsCompleted ? user : null;
        }
    }

    /// <summary>Brings the browser's user in under a wanted name, or asks for that name where it is in already. Null: there are enough, and who.</summary>
    public WebUser? Enter(string cookie, string name, Source source, out string whyNot)
    {
        whyNot = "";
        lock (_lock)
        {
            if (_byCookie.TryGetValue(cookie, out var user) && !user.Done.IsCompleted)
            {
                user.Touch();
                if (name.Length > 0 && name != user.Session.View.Name)
                {
                    user.Session.AskForName(name);
                }

                return user;
            }

            if (_byCookie.Count >= options.Guests)
            {
                whyNot = $"this node serves {options.Guests} browsers already";
                return null;
            }

            if (_byCookie.Values.Count(u => u.Source == source) >= options.GuestsOf(source))
            {
                whyNot = $"this node serves {options.GuestsOf(source)} browsers from your address already";
                return null;
            }

            // The room's host sees a user's token; what the browser holds must be good for this node alone.
            var token = SHA256.HashData([.. "norris web "u8, .. Encoding.ASCII.GetBytes(cookie)]);
            return _byCookie[cookie] = new WebUser(node.OpenUser(new UserProfile(name, token)), options, null, time, source);
        }
    }

    /// <summary>Takes the browser's user out of the room.</summary>
    public Task Leave(string cookie, CancellationToken cancel)
    {
        WebUser? user;
        lock (_lock)
        {
            _byCookie.Remove(cookie, out user);
        }

        return user?.Session.Leave(cancel) ?? Task.CompletedTask;
    }

    /// <summary>Takes out those who have been away for the grace.</summary>
    public void Sweep(CancellationToken cancel)
    {
        List<WebUser> gone = [];
        var now = time.GetUtcNow();
        lock (_lock)
        {
            foreach (var (cookie, user) in _byCookie)
            {
                if (user.Done.IsCompleted || (user.Streams == 0 && now - user.LastSeen >= options.GuestGrace))
                {
                    _byCookie.Remove(cookie); // a dictionary may lose entries while it is walked
                    gone.Add(user);
                }
            }
        }

        // Nobody waits for them: while the node is cut off, goodbyes take as long as that lasts.
        gone.Where(u => !u.Done.IsCompleted).ToList().ForEach(u => _ = u.Session.Leave(cancel));
    }
}
