using System.Net;
using Microsoft.AspNetCore.Http;

namespace Norris.Node.Web;

/// <summary>
/// Who may talk to this node. A browser sends requests for any page it shows, also for hostile ones, so every request must have been meant for
/// this node by name (or a page whose name was rebound to this address could read it), and whatever changes something must come from our page.
/// </summary>
internal sealed class WebSafety(WebOptions options)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types norris";

    private readonly HashSet<string> _names = new(NamesOf(options), StringComparer.OrdinalIgnoreCase);

    /// <summary>The names that the page goes by, beside addresses.</summary>
    public static IEnumerable<string> NamesOf(WebOptions options) => ["localhost", .. IPAddress.IsLoopback(options.Address) ? [] : OwnNames(), .. options.Hosts];

    /// <summary>Why a request is refused; null: it is not.</summary>
    public string? WhyNot(HttpRequest request)
    {
        if (!IsOurs(request.Host.Host))
        {
            return $"this node does not go by the name '{request.Host.Host}'; use its address, or start it with --web-host {request.Host.Host}";
        }

        var isPage = !request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);
        var changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if ((changes || !isPage) && site is not ("" or "same-origin" or "none"))
        {
            return "only this node's own page may do that";
        }

        // Behind a proxy that speaks TLS the page's origin is https, whatever arrives here. What arrives over HTTPS is from there.
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && (changes || !isPage) && origin != $"https://{request.Host}" && (request.IsHttps || origin != $"http://{request.Host}"))
        {
            return "only this node's own page may do that";
        }

        return null;
    }

    public static void AddHeaders(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
    }

    private bool IsOurs(string host) =>
        _names.Contains(host)
        // No name can be rebound to an address that is itself the name. On loopback no other address leads here.
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && (IPAddress.IsLoopback(address) || !IPAddress.IsLoopback(options.Address)));

    private static IEnumerable<string> OwnNames()
    {
        var name = Dns.GetHostName();
        return [name, $"{name}.local"];
    }
}
