using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Norris.Node.Web;

/// <summary>
/// The open connections, within their bounds: so many from elsewhere, so many of them from one address, and as many again from this machine. Where there
/// are enough, the one that has done nothing for longest makes place, or else the one that has been busy for longest, of whoever has most: a request can be
/// kept busy for minutes by anybody. One of the node's own user never does. Safe for several threads.
/// </summary>
internal sealed class Connections(WebOptions options, TimeProvider time)
{
    private const int Idle = 0;
    private const int Occupied = 1;
    private const int Fresh = 2;

    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly HashSet<Place> _places = [];
    private readonly Dictionary<Source, int> _bySource = [];

    /// <summary>Lets a connection in, or closes it; stands before all that reads of it.</summary>
    public ConnectionDelegate Admit(ConnectionDelegate next) => async connection =>
    {
        var place = new Place(connection, Source.Of((connection.RemoteEndPoint as System.Net.IPEndPoint)?.Address), time.GetTimestamp());
        if (!TryTake(place))
        {
            connection.Abort();
            return;
        }

        connection.Features.Set(place);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            GiveBack(place);
        }
    };

    /// <summary>A request has begun or ended on a connection.</summary>
    public void IsBusy(HttpContext http, bool busy, bool own)
    {
        if (http.Features.Get<Place>() is { } place)
        {
            lock (_lock)
            {
                place.Busy += busy ? 1 : -1;
                place.Own |= own;
                place.Since = time.GetTimestamp();
            }
        }
    }

    private bool TryTake(Place place)
    {
        Place? leaves = null;
        lock (_lock)
        {
            var ofSource = _bySource.GetValueOrDefault(place.Source);
            var isEnough = ofSource >= options.ConnectionsOf(place.Source);
            if (isEnough || (!place.Source.IsHere && _places.Count - _bySource.GetValueOrDefault(Source.Of(null)) >= options.Connections))
            {
                leaves = _places.Where(p => !p.Own && (isEnough ? p.Source == place.Source : !p.Source.IsHere))
                    .OrderBy(Rank).ThenByDescending(p => Rank(p) == Occupied ? _bySource[p.Source] : 0).ThenBy(p => p.Since).FirstOrDefault();
                if (leaves is null)
                {
                    return false;
                }

                Remove(leaves);
            }

            _places.Add(place);
            _bySource[place.Source] = _bySource.GetValueOrDefault(place.Source) + 1;
        }

        leaves?.Connection.Abort();
        return true;
    }

    /// <summary>Idle ones go first, then busy ones, but none that has just come or asked while there are others: a crowd of either kind would keep everybody else out.</summary>
    private int Rank(Place place) => time.GetElapsedTime(place.Since) < JustNow ? Fresh : place.Busy > 0 ? Occupied : Idle;

    private void GiveBack(Place place)
    {
        lock (_lock)
        {
            Remove(place);
        }
    }

    private void Remove(Place place)
    {
        if (_places.Remove(place) && --_bySource[place.Source] == 0)
        {
            _bySource.Remove(place.Source);
        }
    }

    private sealed class Place(ConnectionContext connection, Source source, long since)
    {
        public ConnectionContext Connection => connection;

        public Source Source => source;

        /// <summary>How many requests are being answered on it.</summary>
        public int Busy { get; set; }

        /// <summary>The node's own user has spoken over it.</summary>
        public bool Own { get; set; }

        /// <summary>When it last did something, as <see cref="TimeProvider.GetTimestamp"/> says.</summary>
        public long Since { get; set; } = since;
    }
}
