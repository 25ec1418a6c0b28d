using System.Globalization;
using System.Net;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Discovery;

/// <summary>What somebody in the network says is there. Anybody can say anything: an address is where to ask, and no more.</summary>
/// <param name="At">Where.</param>
/// <param name="Wire">The wire version of the node there; null: it has not said.</param>
/// <param name="Mark">The circle's, of a day; null: the room is open.</param>
internal sealed record FoundRoom(Endpoint At, int? Wire, string? Mark)
{
    public bool IsOfThisVersion => Wire == Limits.WireVersion;

    /// <summary>The rooms that a packet tells of: each with all that belongs to it, as a node sends it.</summary>
    public static IEnumerable<FoundRoom> In(DnsMessage message)
    {
        if (!message.IsAnswer)
        {
            yield break;
        }

        var there = message.Records.Where(r => r.Seconds > 0).ToList();
        foreach (var instance in there.OfType<DnsRecord.Pointer>().Where(p => p.Name == Announcement.Rooms).Select(p => p.To).Distinct().Take(DiscoveryLimits.OtherPlaces))
        {
            if (there.OfType<DnsRecord.Service>().FirstOrDefault(s => s.Name == instance) is { Port: > 0 } service
                && there.OfType<DnsRecord.Text>().FirstOrDefault(t => t.Name == instance) is { } text
                && HostOf(service, there) is { } host)
            {
                yield return new(
                    new Endpoint(host, service.Port),
                    int.TryParse(text.Value(Announcement.WireKey), NumberStyles.None, CultureInfo.InvariantCulture, out var wire) ? wire : null,
                    text.Value(Announcement.CircleKey));
            }
        }
    }

    private static string? HostOf(DnsRecord.Service service, IEnumerable<DnsRecord> there)
    {
        var host = there.OfType<DnsRecord.Address>().FirstOrDefault(a => a.Name == service.Host)?.Value.ToString() ?? service.Host.ToString();
        return Announcement.IsForOthers(host) ? Endpoints.Canonical(host) : null;
    }
}

/// <summary>The rooms that were found: some of one's own circle, and some others. The first are kept, and liars fill no place of those who know the circle.</summary>
/// <param name="marks">Of one's own circle, about today; none: this device is in none.</param>
internal sealed class FoundRooms(IReadOnlyList<string> marks)
{
    private readonly List<FoundRoom> _own = [];
    private readonly List<FoundRoom> _others = [];

    /// <summary>In this version: so one may be in.</summary>
    public IReadOnlyList<FoundRoom> Own => _own;

    public IReadOnlyList<FoundRoom> Others => _others;

    public void Add(FoundRoom room)
    {
        var isOwn = room.IsOfThisVersion && room.Mark is { } mark && marks.Contains(mark);
        var (places, most) = isOwn ? (_own, DiscoveryLimits.OwnPlaces) : (_others, DiscoveryLimits.OtherPlaces);
        if (places.Count < most && !places.Contains(room))
        {
            places.Add(room);
        }
    }
}
