using System.Buffers.Text;
using System.Security.Cryptography;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>
/// The users of browsers elsewhere, by the secret that each browser keeps. Bounded; who has had no page open for the grace leaves the room.
/// Safe for several threads.
/// </summary>
internal sealed class Guests(IChatNode node, WebOptions options, TimeProvider time)
{
    private const int SecretBytes = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WebUser> _bySecret = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _bySecret.Count;
            }
        }
    }

    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    public static bool IsSecret(string? secret) => secret is not null && Base64Url.IsValid(secret, out var bytes) && bytes == SecretBytes;

    public WebUser? Find(string? secret)
    {
        lock (_lock)
        {
            return secret is not null && _bySecret.TryGetValue(secret, out var user) && !user.Done.IsCompleted ? user : null;
        }
    }

    /// <summary>Brings the browser's user in under a wanted name, or asks for that name where it is in already. Null: the node is full.</summary>
    public WebUser? Enter(string secret, string name)
    {
        lock (_lock)
        {
            if (_bySecret.TryGetValue(secret, out var user) && !user.Done.IsCompleted)
            {
                user.Touch();
                if (name.Length > 0 && name != user.Session.View.Name)
                {
                    user.Session.AskForName(name);
                }

                return user;
            }

            if (_bySecret.Count >= options.Guests)
            {
                return null;
            }

            // The room's host sees a user's token; what the browser holds must be good for this node alone.
            var token = SHA256.HashData([.. "norris web "u8, .. Base64Url.DecodeFromChars(secret)]);
            return _bySecret[secret] = new WebUser(node.OpenUser(new UserProfile(name, token)), options, null, time);
        }
    }

    /// <summary>Takes the browser's user out of the room.</summary>
    public Task Leave(string secret, CancellationToken cancel)
    {
        WebUser? user;
        lock (_lock)
        {
            _bySecret.Remove(secret, out user);
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
            foreach (var (secret, user) in _bySecret)
            {
                if (user.Done.IsCompleted || (user.Streams == 0 && now - user.LastSeen >= options.GuestGrace))
                {
                    _bySecret.Remove(secret); // a dictionary may lose entries while it is walked
                    gone.Add(user);
                }
            }
        }

        // Nobody waits for them: while the node is cut off, goodbyes take as long as that lasts.
        gone.Where(u => !u.Done.IsCompleted).ToList().ForEach(u => _ = u.Session.Leave(cancel));
    }
}
