using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Norris.Node.Web;

/// <summary>
/// Who asks. The node's own user proves it, on this machine, by the account's token or by the cookie that a link of the node's gave; a guest by the
/// cookie it entered with; everyone else is nobody. Nothing is inferred from where a request comes from or what a proxy has put into it.
/// </summary>
internal sealed class WebCallers(WebUser own, Guests guests, WebKeys keys, WebOptions options)
{
    private const string Bearer = "Bearer ";
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(30);

    public WebUser Own => own;

    /// <summary>Nobody is a guest here without a guest link.</summary>
    public bool AreInvited => options.GuestLinks is not null;

    public bool IsOwn(HttpContext http) => IsScript(http) || (IsHere(http) && keys.IsOwnCookie(http.Request.Cookies[OwnCookie(http)]));

    /// <summary>A program of the node's own account. No page can make a browser send what it has, so what it sends needs no other proof.</summary>
    public bool IsScript(HttpContext http) =>
        IsHere(http)
        && http.Request.Headers.Authorization is [{ } sent]
        && sent.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        && keys.IsToken(sent[Bearer.Length..].Trim());

    public WebUser? UserOf(HttpContext http)
    {
        var user = IsOwn(http) ? own : GuestCookieOf(http) is { } cookie ? guests.Find(cookie) : null;
        user?.Touch();
        return user;
    }

    /// <summary>The guest's cookie that came with a request; null where none did that this account's nodes have made.</summary>
    public string? GuestCookieOf(HttpContext http) => http.Request.Cookies[GuestCookie(http)] is { } cookie && keys.IsGuestCookie(cookie) ? cookie : null;

    /// <summary>Brings the browser in that a request came from, or asks for another name. Null: it is done.</summary>
    /// <param name="name">The wanted one; empty: that of the guest link.</param>
    /// <param name="code">What a guest link ends with; null: there is none.</param>
    public IResult? Enter(HttpContext http, ref string name, string? code)
    {
        var cookie = GuestCookieOf(http) ?? keys.NewGuestCookie();
        if (options.GuestLinks is { } links && !links.IsIn(cookie))
        {
            if (links.LetIn(cookie, code, out var refusal, out var forNow) is not { } link)
            {
                return forNow ? WebApi.RefuseForNow(http, 429, refusal, 60) : WebApi.Refuse(403, refusal);
            }

            name = name.Length > 0 ? name : link.Name;
        }

        var guest = guests.Enter(cookie, name, Source.Of(http.Connection.RemoteIpAddress), out var whyNot);
        if (guest is not null || AreInvited)
        {
            SetCookie(http, GuestCookie(http), cookie); // who came by a link has it, also where there is no place now: the link is used
        }

        return guest is null ? WebApi.RefuseForNow(http, 503, whyNot, 30) : null;
    }

    public Task Leave(HttpContext http)
    {
        var left = Task.CompletedTask;
        if (GuestCookieOf(http) is { } cookie)
        {
            options.GuestLinks?.Forget(cookie);
            left = guests.Leave(cookie, http.RequestAborted);
        }

        http.Response.Cookies.Delete(GuestCookie(http));
        return left;
    }

    /// <summary>A link of the node's was opened: from now on this browser is the node's own user. False: it was opened before, or is not the node's.</summary>
    public bool TakeLink(HttpContext http, string key)
    {
        var taken = IsHere(http) && keys.TakeLink(key);
        if (taken)
        {
            SetCookie(http, OwnCookie(http), keys.OwnCookie);
        }

        return taken;
    }

    // From loopback, or from the very address that it came to: both ends are this machine.
    private static bool IsHere(HttpContext http) =>
        Source.Of(http.Connection.RemoteIpAddress).IsHere || Equals(http.Connection.RemoteIpAddress, http.Connection.LocalIpAddress);

    // Cookies do not tell ports apart, and a machine may serve several nodes.
    private string GuestCookie(HttpContext http) => string.Create(CultureInfo.InvariantCulture, $"norris-{http.Request.Host.Port ?? options.Port}");

    private string OwnCookie(HttpContext http) => string.Create(CultureInfo.InvariantCulture, $"norris-own-{http.Request.Host.Port ?? options.Port}");

    // A cookie, since an event stream can send nothing else; no script can read it, and no other site's page can make a browser send it.
    private static void SetCookie(HttpContext http, string name, string value) => http.Response.Cookies.Append(name, value, new CookieOptions
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = http.Request.IsHttps,
        Path = "/",
        MaxAge = KnownFor,
    });
}

/// <summary>
/// Where something comes from, as far as bounds go: an IPv4 address, the /64 that an IPv6 address is in (a household has all of one), or this machine.
/// </summary>
internal readonly record struct Source(UInt128 Network)
{
    private static readonly Source Here = new(UInt128.One);

    /// <summary>This machine: its account's browsers and scripts, its other accounts', and whoever comes through a proxy on it.</summary>
    public bool IsHere => this == Here;

    public static Source Of(IPAddress? address)
    {
        if (address is null || IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))
        {
            return Here;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (!address.IsIPv4MappedToIPv6 && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            bytes[8..].Clear();
        }

        return new Source(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}
