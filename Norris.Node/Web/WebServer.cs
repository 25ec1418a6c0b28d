using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>The web screen of a node: the page, and the HTTP interface for scripts. Nothing of ASP.NET Core is loaded before it is started.</summary>
public sealed class WebServer : IAsyncDisposable
{
    /// <summary>What the kernel may hold of one stream's output, in bytes; the rest of what a slow reader is behind costs nothing.</summary>
    private const int SendBufferBytes = 64 * 1024;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweeping;
    private readonly WebMetrics _metrics;

    private WebServer(WebApplication app, Uri url, Guests guests, EventStreams streams, WebMetrics metrics, TimeProvider time)
    {
        _app = app;
        _metrics = metrics;
        Url = url;
        _sweeping = Sweep(guests, streams, time);
    }

    /// <summary>Where a browser on this machine finds the page.</summary>
    public Uri Url { get; }

    /// <summary>Starts to serve. Throws <see cref="NodeStartException"/> where the port cannot be had.</summary>
    /// <param name="node">Brings in the users of browsers elsewhere.</param>
    /// <param name="own">The node's own user, with a reader of its own (see <see cref="SharedSession"/>).</param>
    /// <param name="history">What was said earlier; null: there is nobody to ask.</param>
    public static async Task<WebServer> Start(
        IChatNode node, IChatSession own, WebOptions options, IRoomHistory? history, TimeProvider time, CancellationToken cancel)
    {
        var log = new EventLog(options.KeptEntries, options.KeptBytes);
        var metrics = new WebMetrics();
        var guests = new Guests(node, options, time);
        var streams = new EventStreams(log, options, metrics, time);
        var app = Build(options);
        new WebApi(new WebUser(own, options, log, time), guests, log, streams, history, metrics, options).Map(app);
        try
        {
            await app.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            metrics.Dispose();
            throw new NodeStartException($"cannot serve the page on {options.Address}:{options.Port} ({e.Message}); give another --web port", e);
        }

        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var everywhere = options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any);
        return new WebServer(app, everywhere ? new UriBuilder(bound) { Host = "127.0.0.1" }.Uri : bound, guests, streams, metrics, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sweeping.ConfigureAwait(false);
        using var patience = new CancellationTokenSource(StopWithin);
        await _app.StopAsync(patience.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
        _stop.Dispose();
    }

    private static WebApplication Build(WebOptions options)
    {
        // Empty: no settings from the environment, no log on the console (stdout may be a script's), and no hand on Ctrl-C, which is the node's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = WebOptions.BodyBytes;
            kestrel.Limits.MaxConcurrentConnections = 2L * options.Streams;
            kestrel.Limits.MinResponseDataRate = null; // who does not read is dropped by one rule, ours
            kestrel.Listen(options.Address, options.Port);
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = Listen);
        builder.Services.AddRoutingCore();
        builder.Services.AddProblemDetails();
        builder.Services.AddOpenApi();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WebJson.Default));

        var app = builder.Build();
        var safety = new WebSafety(options);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(async (http, next) =>
        {
            WebSafety.AddHeaders(http.Response);
            if (!http.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase) && safety.WhyNot(http.Request) is { } why)
            {
                await WebApi.Refuse(403, why).ExecuteAsync(http).ConfigureAwait(false);
                return;
            }

            await next(http).ConfigureAwait(false);
        });
        var files = new EmbeddedFileProvider(typeof(WebServer).Assembly, "wwwroot");
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache", // ask each time: another build may serve here now
        });
        app.UseRouting();
        app.MapOpenApi();
        return app;
    }

    private static Socket Listen(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        socket.SendBufferSize = SendBufferBytes; // accepted sockets inherit it
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

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
