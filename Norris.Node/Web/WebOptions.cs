using System.Globalization;
using System.Net;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>Where the page is served, and the limits that keep one browser from harming the others.</summary>
/// <param name="Address">The address to listen on.</param>
/// <param name="Port">The port; 0 is any free one.</param>
public sealed record WebOptions(IPAddress Address, int Port)
{
    /// <summary>
    /// How many connections may be open at once from elsewhere; as many again may be from this machine, where the node's own user is.
    /// </summary>
    public int Connections { get; init; } = 4096;

    /// <summary>How many event streams guests may have open at once. Those of the node's own user are beside them.</summary>
    public int Streams { get; init; } = 4096;

    /// <summary>How many of them may be one user's (tabs).</summary>
    public int StreamsPerUser { get; init; } = 16;

    /// <summary>How many browsers may have a user of their own.</summary>
    public int Guests { get; init; } = 256;

    /// <summary>
    /// How many connections may come from one address. This machine, where a proxy may stand for many, has as many as all the others.
    /// </summary>
    public int ConnectionsOfOneAddress { get; init; } = 128;

    /// <summary>How many event streams of guests may come from one address. This machine leaves as many to the others.</summary>
    public int StreamsOfOneAddress { get; init; } = 64;

    /// <summary>How many guests may come from one address. This machine leaves as many to the others.</summary>
    public int GuestsOfOneAddress { get; init; } = 32;

    /// <summary>For how long a guest stays in the room with no page open: long enough for a reload or a lift.</summary>
    public TimeSpan GuestGrace { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>An event stream whose reader takes nothing for this long is dropped.</summary>
    public TimeSpan StalledAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a silent stream says that it is alive.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How much memory the recent entries may take that are kept for streams that resume, in bytes.</summary>
    public long KeptBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many idempotency keys of one user are remembered.</summary>
    public int KeysPerUser { get; init; } = 1024;

    /// <summary>Host names that this machine is reached by, beside its own, its IP addresses and localhost.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>With what the page is served over HTTPS; null: it is served over HTTP.</summary>
    public PageCertificate? Certificate { get; init; }

    /// <summary>The room is private: who may come in as a guest; null: whoever reaches the page.</summary>
    public GuestLinks? GuestLinks { get; init; }

    internal bool IsEverywhere => Address.Equals(IPAddress.Any) || Address.Equals(IPAddress.IPv6Any);

    internal int ConnectionsOf(Source source) => source.IsHere ? Connections : ConnectionsOfOneAddress;

    internal int StreamsOf(Source source) => source.IsHere ? Streams - StreamsOfOneAddress : StreamsOfOneAddress;

    internal int GuestsOf(Source source) => source.IsHere ? Guests - GuestsOfOneAddress : GuestsOfOneAddress;

    /// <summary>What a connection's buffers hold each way, in bytes, so that thousands of them are no burden: a whole header, which may have the cookies of all that runs on this machine.</summary>
    public const int BufferBytes = 16 * 1024;

    /// <summary>The longest body of a request, in bytes: the longest text with every character escaped, and its key.</summary>
    public static int BodyBytes => (6 * Limits.TextBytes) + 2048;

    /// <summary>Reads <c>[ADDR:]PORT</c>, with 127.0.0.1 where there is no address.</summary>
    public static bool TryParse(string text, out WebOptions options, out string whyNot)
    {
        options = new WebOptions(IPAddress.Loopback, 0);
        whyNot = "";
        var colon = text.LastIndexOf(':');
        var port = text[(colon + 1)..];
        var host = colon < 0 ? "127.0.0.1" : text[..colon];
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > IPEndPoint.MaxPort)
        {
            whyNot = $"'{port}' is no port; give [ADDRESS:]PORT, as in 8080 or 0.0.0.0:8080";
            return false;
        }

        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            host = "127.0.0.1";
        }

        // IPAddress takes '8' for 0.0.0.8; nobody means that.
        if (!IPAddress.TryParse(host, out var address) || (!host.Contains('.', StringComparison.Ordinal) && !host.Contains(':', StringComparison.Ordinal)))
        {
            whyNot = $"'{host}' is no IP address of this machine; give [ADDRESS:]PORT, as in 8080, 0.0.0.0:8080 or [::1]:8080";
            return false;
        }

        options = new WebOptions(address, number);
        return true;
    }
}
