using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>
/// Who may come in as a guest of this node where the room is for certain devices: a browser that has opened a link, which was good once. A guest lives on this node, so all of it is
/// in this node's memory, and ends with it. Safe for several threads.
/// </summary>
public sealed class GuestLinks(TimeProvider time)
{
    /// <summary>How many links wait to be opened.</summary>
    public const int OpenLinks = 64;

    /// <summary>How many browsers are known that have opened one. Of more, the one that came first is a stranger again.</summary>
    public const int Browsers = 256;

    /// <summary>How many wrong codes a minute there may be, of all browsers together. A code has 128 bits: this is so that trying ends, not so that it fails.</summary>
    public const int WrongCodesPerMinute = 10;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly OneTimeLinks _links = new(OpenLinks, CircleAnswer.Invited.Lasts, time);
    private readonly OrderedDictionary<string, InviteId> _in = new(StringComparer.Ordinal);
    private readonly Queue<long> _wrong = [];
    private Uri? _page;
    private Action<string> _takeOut = _ => { };

    /// <summary>There is a page from now on.</summary>
    /// <param name="page">Where guests find it.</param>
    /// <param name="takeOut">Takes the guest out that has this cookie.</param>
    public void Open(Uri page, Action<string> takeOut) => (_page, _takeOut) = (page, takeOut);

    /// <summary>What comes of a user's wish that is about guests. Null: it is not.</summary>
    public CircleAnswer? Answer(CircleWish wish) => wish switch
    {
        CircleWish.Guest { Name: var wanted } => Make(wanted),
        CircleWish.TakeBack { Code: var code } when InviteWord.TryRead(code, out var id, out _) && TakeBack(id) => new CircleAnswer.Done($"the guest link {id} lets nobody in any more"),
        _ => null,
    };

    /// <summary>Whether this browser has opened a link.</summary>
    public bool IsIn(string cookie)
    {
        lock (_lock)
        {
            return _in.ContainsKey(cookie);
        }
    }

    /// <summary>A browser comes with the code of a link. Null: it is not let in.</summary>
    /// <param name="whyNot">In words.</param>
    /// <param name="forNow">It may be tried again.</param>
    public OneTimeLink? LetIn(string cookie, string? code, out string whyNot, out bool forNow)
    {
        (whyNot, forNow) = ("", false);
        if (string.IsNullOrEmpty(code))
        {
            whyNot = "this room is private: a browser comes in by a guest link, which somebody inside makes (/guest)";
            return null;
        }

        lock (_lock)
        {
            if (_links.Take(code) is not { } link)
            {
                while (_wrong.TryPeek(out var at) && time.GetElapsedTime(at) >= Minute)
                {
                    _wrong.Dequeue();
                }

                (whyNot, forNow) = _wrong.Count >= WrongCodesPerMinute
                    ? ("too many wrong guest links were tried here: try again in a minute", true)
                    : ("this guest link is none, or was opened before, taken back, or is over: ask for another one", false);
                if (!forNow)
                {
                    _wrong.Enqueue(time.GetTimestamp());
                }

                return null;
            }

            _in[cookie] = link.Code.Id;
            if (_in.Count > Browsers)
            {
                _in.RemoveAt(0);
            }

            return link;
        }
    }

    /// <summary>This browser is a stranger again.</summary>
    public void Forget(string cookie)
    {
        lock (_lock)
        {
            _in.Remove(cookie);
        }
    }

    private CircleAnswer Make(string wanted)
    {
        var name = "";
        if (wanted.Length > 0 && !Names.TryNormalise(wanted, out name, out var whyNot))
        {
            return new CircleAnswer.Refused(whyNot);
        }

        if (_page is not { } page)
        {
            return new CircleAnswer.Refused("this node serves no page, so it can have no guests: start it with --web ADDRESS:PORT");
        }

        var link = _links.New(name);
        return new CircleAnswer.Invited(new Uri(page, $"/#guest={link.Code}").ToString(), link.Code.Id.ToString(), name, link.Until) { IsForGuest = true };
    }

    /// <summary>Also one that was opened: its guest goes.</summary>
    private bool TakeBack(InviteId id)
    {
        string? guest;
        lock (_lock)
        {
            guest = _in.Where(known => known.Value == id).Select(known => known.Key).FirstOrDefault();
            if (guest is null)
            {
                return _links.TakeBack(id);
            }

            _in.Remove(guest);
        }

        _takeOut(guest);
        return true;
    }
}
