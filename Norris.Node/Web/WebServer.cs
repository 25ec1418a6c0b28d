using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>The web screen of a node: the page, and the HTTP interface for scripts. Nothing of ASP.NET Core is loaded before it is started.</summary>
public sealed class WebServer : IAsyncDisposable
{
    /// <summary>What the kernel may hold of one stream's output, in bytes; the rest of what a slow reader is behind costs nothing.</summary>
    private const int SendBufferBytes = 64 * 1024;

    /// <summary>What a link has behind the page's address.</summary>
    private const string LinkParameter = "key";

    /// <summary>Who takes an answer more slowly than this does not read it. Event streams have a rule of their own.</summary>
    private const double LeastBytesPerSecond = 4096;

    /// <summary>The kernel's, a connection: it would let thousands of them take megabytes each.</summary>
    private const int ReceiveBufferBytes = 64 * 1024;

    /// <summary>Who sends only half of a request has gone.</summary>
    private static readonly TimeSpan WholeRequestWithin = TimeSpan.FromSeconds(10);

    /// <summary>Who sends no request has gone.</summary>
    private static readonly TimeSpan NextRequestWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweeping;
    private readonly WebMetrics _metrics;
    private readonly WebKeys _keys;
    private readonly HistoryAnswers? _answers;

    private WebServer(WebApplication app, Uri url, WebKeys keys, Guests guests, EventStreams streams, HistoryAnswers? answers, WebMetrics metrics, TimeProvider time)
    {
        _app = app;
        _keys = keys;
        _answers = answers;
        _metrics = metrics;
        Url = url;
        _sweeping = Sweep(guests, streams, time);
    }

    /// <summary>Where a browser on this machine finds the page.</summary>
    public Uri Url { get; }

    /// <summary>Where browsers on other machines find it that is served at all of this one's addresses.</summary>
    public IReadOnlyList<Uri> UrlsElsewhere { get; private init; } = [];

    /// <summary>A link that makes a browser on this machine the node's own user: once, the first that opens it.</summary>
    public Uri NewLink() => LinkAt(Url, _keys);

    /// <summary>Starts to serve. Throws <see cref="NodeStartException"/> where the port cannot be had.</summary>
    /// <param name="node">Brings in the users of browsers elsewhere.</param>
    /// <param name="own">The node's own user, with a reader of its own (see <see cref="IChatSession.Share"/>).</param>
    /// <param name="keys">By what the node's own user and guests are known.</param>
    /// <param name="history">What was said earlier; null: there is nobody to ask.</param>
    public static async Task<WebServer> Start(
        IChatNode node, IChatSession own, WebOptions options, WebKeys keys, IRoomHistory? history, TimeProvider time, CancellationToken cancel)
    {
        var log = new EventLog(options.KeptBytes);
        var metrics = new WebMetrics();
        var guests = new Guests(node, options, time);
        var streams = new EventStreams(log, history, options, metrics, time);
        var callers = new WebCallers(new WebUser(own, options, log, time), guests, keys, options);
        var app = Build(options, callers, new Connections(options, time));
        var answers = history is null ? null : new HistoryAnswers(history);
        Uri? url = null;
        new WebApi(callers, () => LinkAt(url!, keys).ToString(), guests, log, streams, answers, metrics, time).Map(app);
        try
        {
            await app.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            answers?.Dispose();
            metrics.Dispose();
            throw new NodeStartException($"cannot serve the page on {options.Address}:{options.Port} ({e.GetBaseException().Message}); give "
                + (e.GetBaseException() is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } ? "an address of this machine, as in --web 0.0.0.0:8080 for all of them" : "another --web port"), e);
        }

        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        url = options.IsEverywhere ? new UriBuilder(bound) { Host = "127.0.0.1" }.Uri : bound;
        IReadOnlyList<Uri> elsewhere = options.IsEverywhere ? [.. OwnAddresses(options.Address.AddressFamily).Select(a => new UriBuilder(bound) { Host = a.ToString() }.Uri)] : [];
        var forGuests = !IPAddress.IsLoopback(options.Address) && options.Hosts is [var name, ..] ? new UriBuilder(bound) { Host = name }.Uri : elsewhere is [var first, ..] ? first : url;
        options.GuestLinks?.Open(forGuests, cookie => _ = guests.Leave(cookie, CancellationToken.None));
        return new WebServer(app, url, keys, guests, streams, answers, metrics, time) { UrlsElsewhere = elsewhere };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sweeping.ConfigureAwait(false);
        using var patience = new CancellationTokenSource(StopWithin);
        await _app.StopAsync(patience.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _answers?.Dispose();
        _metrics.Dispose();
        _stop.Dispose();
    }

    private static Uri LinkAt(Uri url, WebKeys keys) => new(url, $"/?{LinkParameter}={keys.NewLink()}");

    private static WebApplication Build(WebOptions options, WebCallers callers, Connections connections)
    {
        // Empty: no settings from the environment, no log on the console (stdout may be a script's), and no hand on Ctrl-C, which is the node's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = WebOptions.BodyBytes;
            kestrel.Limits.RequestHeadersTimeout = WholeRequestWithin;
            kestrel.Limits.KeepAliveTimeout = NextRequestWithin;
            kestrel.Limits.MaxRequestHeadersTotalSize = WebOptions.BufferBytes;
            kestrel.Limits.MinResponseDataRate = new MinDataRate(LeastBytesPerSecond, options.StalledAfter);
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1; // over HTTPS too: bounds are about connections
                listen.Use(connections.Admit);
                if (options.Certificate is { } proof)
                {
                    listen.UseHttps(https =>
                    {
                        (https.ServerCertificate, https.ServerCertificateChain) = (proof.Certificate, proof.Chain);
                        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                        https.HandshakeTimeout = WholeRequestWithin;
                    });
                }
            });
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            sockets.CreateBoundListenSocket = Listen;
            sockets.MaxReadBufferSize = WebOptions.BufferBytes;
            sockets.MaxWriteBufferSize = WebOptions.BufferBytes;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddProblemDetails();
        builder.Services.AddOpenApi(ApiDescription.Complete);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WebJson.Default));

        var app = builder.Build();
        var safety = new WebSafety(options);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(async (http, next) =>
        {
            WebSafety.AddHeaders(http.Response);
            if (HttpMethods.GetCanonicalizedValue(http.Request.Method) is var method && method != http.Request.Method)
            {
                // The server takes 'Head' for another method than HEAD, and what comes after it for the same: the answer would promise what it does not have.
                await WebApi.Refuse(400, $"methods are in capitals: {method}").ExecuteAsync(http).ConfigureAwait(false);
                return;
            }

            if (!http.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase) && safety.WhyNot(http.Request) is { } why)
            {
                await WebApi.Refuse(403, why).ExecuteAsync(http).ConfigureAwait(false);
                return;
            }

            if (http.Request.Path == "/" && http.Request.Query[LinkParameter] is [{ } key] && HttpMethods.IsGet(http.Request.Method))
            {
                http.Response.Headers.CacheControl = "no-store";
                http.Response.Redirect(callers.TakeLink(http, key) switch
                {
                    _ when callers.IsOwn(http) => "/",
                    false => "/#link",
                    _ when callers.GuestCookieOf(http) is not null => "/#own", // the page says who speaks now
                    _ => "/",
                });
                return;
            }

            connections.IsBusy(http, true, callers.IsOwn(http));
            try
            {
                await next(http).ConfigureAwait(false);
            }
            finally
            {
                connections.IsBusy(http, false, own: false);
            }
        });
        app.UseRouting();
        PageFiles.Map(app);
        app.MapOpenApi();
        return app;
    }

    internal static IEnumerable<IPAddress> OwnAddresses(AddressFamily family) =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            // A socket for all IPv6 addresses takes IPv4 too.
            .Where(address => !address.IsIPv6LinkLocal && (address.AddressFamily == AddressFamily.InterNetwork || address.AddressFamily == family));

    private static Socket Listen(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        (socket.SendBufferSize, socket.ReceiveBufferSize) = (SendBufferBytes, ReceiveBufferBytes); // accepted sockets inherit it
        return socket;
    }

    private async Task Sweep(Guests guests, EventStreams streams, TimeProvider time)
    {
        using var timer = new PeriodicTimer(SweepEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                streams.DropStalled();
                guests.Sweep(_stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    internal sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
