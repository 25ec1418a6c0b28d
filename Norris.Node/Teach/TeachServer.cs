using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Norris.Lab.Teach;
using Norris.Node.Session;
using Norris.Node.Web;

namespace Norris.Node.Teach;

/// <summary>
/// The page for a class, and what it asks for. It kills processes: so it is served on this machine alone, and works for no browser but the one that has opened the link.
/// </summary>
internal sealed class TeachServer : IAsyncDisposable
{
    private const string LinkParameter = "key";
    private const string Api = "/api/class";
    private const int Connections = 64;
    private const int MomentsAtOnce = 2_000;

    /// <summary>For how long a question waits for something to happen.</summary>
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WholeRequestWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(1);

    /// <summary>What the two pages have in common.</summary>
    private static readonly string[] OfThePage = ["style.css", "words.js", "icon.svg"];

    private readonly Classroom _room;
    private readonly WebApplication _app;
    private readonly WebKeys _keys = new(RandomNumberGenerator.GetBytes(WebKeys.TokenBytes));
    private readonly CancellationTokenSource _stop = new();

    private TeachServer(Classroom room, WebOptions options)
    {
        _room = room;
        _app = Build(options);
    }

    /// <summary>Opened once, it makes a browser on this machine the teacher's.</summary>
    public Uri Link { get; private set; } = null!;

    /// <summary>Starts to serve. Throws <see cref="NodeStartException"/> where the port cannot be had.</summary>
    public static async Task<TeachServer> Start(Classroom room, WebOptions options, CancellationToken cancel)
    {
        var server = new TeachServer(room, options);
        try
        {
            await server._app.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await server._app.DisposeAsync().ConfigureAwait(false);
            throw new NodeStartException($"cannot serve the page on {options.Address}:{options.Port} ({e.GetBaseException().Message}); give another --web port", e);
        }

        var url = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        server.Link = new Uri(url, $"/?{LinkParameter}={server._keys.NewLink()}");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        using var patience = new CancellationTokenSource(StopWithin);
        await _app.StopAsync(patience.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private WebApplication Build(WebOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = WebOptions.BodyBytes;
            kestrel.Limits.RequestHeadersTimeout = WholeRequestWithin;
            kestrel.Limits.MaxConcurrentConnections = Connections;
            kestrel.Listen(options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddSingleton<IHostLifetime, WebServer.NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, WebJson.Default); // what is refused
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, TeachJson.Default);
        });

        var app = builder.Build();
        var safety = new WebSafety(options);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(async (http, next) =>
        {
            WebSafety.AddHeaders(http.Response);
            if (safety.WhyNot(http.Request) is { } why)
            {
                await WebApi.Refuse(403, why).ExecuteAsync(http).ConfigureAwait(false);
            }
            else if (http.Request.Path == "/" && http.Request.Query[LinkParameter] is [{ } key] && HttpMethods.IsGet(http.Request.Method))
            {
                Take(http, key);
            }
            else if (http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) && !IsTeacher(http))
            {
                await WebApi.Refuse(401, "this page is for the browser that has opened the link that 'norris demo --web' printed").ExecuteAsync(http).ConfigureAwait(false);
            }
            else
            {
                await next(http).ConfigureAwait(false);
            }
        });
        app.UseRouting();
        PageFiles.Map(app, "wwwroot", OfThePage.Contains);
        PageFiles.Map(app, "teach");
        app.MapGet(Api, (Delegate)Tell);
        app.MapPost(Api, (Delegate)Do);
        return app;
    }

    private void Take(HttpContext http, string key)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (_keys.TakeLink(key))
        {
            http.Response.Cookies.Append(Cookie(http), _keys.OwnCookie, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = KnownFor });
        }

        http.Response.Redirect("/");
    }

    private bool IsTeacher(HttpContext http) => _keys.IsOwnCookie(http.Request.Cookies[Cookie(http)]);

    // Cookies do not tell ports apart.
    private static string Cookie(HttpContext http) => string.Create(CultureInfo.InvariantCulture, $"norris-class-{http.Connection.LocalPort}");

    private async Task<IResult> Tell(HttpContext http)
    {
        if (!long.TryParse(http.Request.Query["after"], NumberStyles.None, CultureInfo.InvariantCulture, out var after))
        {
            return WebApi.Refuse(422, "after: the number of the last moment that is known, 0 for none");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stop.Token);
        try
        {
            var moments = await _room.Record.After(after, MomentsAtOnce, AnswersWithin, either.Token).ConfigureAwait(false);
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Ok(new ClassJson(_room.WhyNoCables, moments));
        }
        catch (OperationCanceledException)
        {
            return WebApi.Refuse(503, "the class is over");
        }
    }

    private async Task<IResult> Do(HttpContext http)
    {
        var (wish, refusal) = await RequestBody.Read(http, TeachJson.Default.WishJson).ConfigureAwait(false);
        return wish is null ? refusal!
            : await _room.Do(wish.Do, wish.Lane, wish.Text, _stop.Token).ConfigureAwait(false) is { } why ? WebApi.Refuse(409, why)
            : TypedResults.NoContent();
    }
}
