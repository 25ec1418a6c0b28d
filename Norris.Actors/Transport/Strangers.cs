using System.Net;

namespace Norris.Actors.Transport;

/// <summary>
/// Places that are never all taken: for one more the oldest goes. Who idles in them, or takes them all again and again, keeps nobody out who needs one
/// for a moment only. Any thread may call.
/// </summary>
/// <param name="most">How many places there are.</param>
/// <param name="mostOfOne">How many of them one address may have.</param>
internal sealed class Strangers(int most, int mostOfOne)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Stranger> _places = [];
    private readonly Dictionary<IPAddress, int> _ofOne = [];

    /// <summary>How many places are taken.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _places.Count;
            }
        }
    }

    /// <summary>Takes a place; dispose of it when it is needed no longer.</summary>
    /// <param name="address">Whose it is.</param>
    /// <param name="putOut">Called when it is another's.</param>
    /// <param name="needsNone">Whether it needs no place by now; null: it always does.</param>
    public Stranger Enter(IPAddress address, Action putOut, Func<bool>? needsNone = null)
    {
        var stranger = new Stranger(this, address, putOut, needsNone);
        Stranger? oldest = null;
        lock (_gate)
        {
            if (_places.Count >= most)
            {
                _places.Where(s => s.NeedsNone?.Invoke() ?? false).ToList().ForEach(Remove);
            }

            var ofOne = _ofOne.GetValueOrDefault(address);
            if (ofOne >= mostOfOne)
            {
                oldest = _places.First(s => s.Address.Equals(address));
            }
            else if (_places.Count >= most)
            {
                oldest = _places.First!.Value;
            }

            if (oldest is not null)
            {
                Remove(oldest);
            }

            _ofOne[address] = _ofOne.GetValueOrDefault(address) + 1;
            stranger.Node = _places.AddLast(stranger);
        }

        oldest?.PutOut();
        return stranger;
    }

    private void Remove(Stranger stranger)
    {
        if (stranger.Node is not { } node)
        {
            return;
        }

        _places.Remove(node);
        stranger.Node = null;
        var left = _ofOne[stranger.Address] - 1;
        if (left == 0)
        {
            _ofOne.Remove(stranger.Address);
        }
        else
        {
            _ofOne[stranger.Address] = left;
        }
    }

    internal sealed class Stranger(Strangers places, IPAddress address, Action putOut, Func<bool>? needsNone) : IDisposable
    {
        public IPAddress Address { get; } = address;

        public Func<bool>? NeedsNone { get; } = needsNone;

        public LinkedListNode<Stranger>? Node { get; set; }

        /// <summary>Whether another has the place now.</summary>
        public bool IsOut { get; private set; }

        public void PutOut()
        {
            IsOut = true;
            putOut();
        }

        public void Dispose()
        {
            lock (places._gate)
            {
                places.Remove(this);
            }
        }
    }
}
