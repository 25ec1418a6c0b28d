using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Node.Session;

/// <summary>One life of a node: an actor system that has joined, until it is downed, quarantined or left.</summary>
internal sealed partial class Incarnation : IAsyncDisposable
{
    private const string SystemName = "norris";

    /// <summary>
    /// How long a cluster may take to let a node in before it is asked anew: longer than it waits for a silent node. Who was welcomed by a node that died before
    /// it told anybody would wait for ever, and so would who was taken out again before it was in.
    /// </summary>
    private static readonly TimeSpan LetInTimeout = TimeSpan.FromSeconds(10);

    private readonly ServiceProvider _services;
    private readonly ActorSystem _system;
    private readonly SpareMemory _spare = new(TimeProvider.System);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Endpoint> _elsewhere = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyCollection<Endpoint> _asked = [];
    private int _disposed;

    private Incarnation(ServiceProvider services, ActorSystem system, Action? onFound)
    {
        _services = services;
        _system = system;
        Room = NorrisRoom.Get(system);
        system.ActorOf(Props.Create(() => new IncarnationWatcher(this, onFound)), "norris-incarnation");
        _ = Room.WhenOver.ContinueWith(over => GiveUp($"{over.Result}; joining again"), TaskScheduler.Default);
        _ = system.WhenTerminated.ContinueWith(_ => _over.TrySetResult(), TaskScheduler.Default);
    }

    public NorrisRoom Room { get; }

    /// <summary>Completes when this incarnation can no longer be part of the cluster.</summary>
    public Task WhenOver => _over.Task;

    /// <summary>Why no other incarnation will do: this device was put out. Null: it was not.</summary>
    public string? WhyOut => Room.WhenPutOut is { IsCompletedSuccessfully: true, Result: var why } ? $"this device was put out, and cannot come back in: {why}" : null;

    /// <summary>Where the members that it has seen listen; remembered, so that a node can come back through anybody.</summary>
    public ConcurrentDictionary<Endpoint, byte> Known { get; } = new();

    /// <summary>Where the room goes on, to which it has given in; null: it has not.</summary>
    public Endpoint? GoesTo => Room.GoesTo is { Host: { } host, Port: { } port } ? new Endpoint(Endpoints.Canonical(host), port) : null;

    /// <summary>The port that it listens on.</summary>
    public int Port => Cluster.Get(_system).SelfAddress.Port!.Value;

    /// <summary>By which the others know it.</summary>
    public string Host => Endpoints.Canonical(Cluster.Get(_system).SelfAddress.Host!);

    /// <summary>The bounds in use, before any actor system is there.</summary>
    public static ProtocolOptions Options(NodeSettings settings)
    {
        try
        {
            var options = NorrisOptions.From(Operator(settings));
            options.Validate();
            return options.ToProtocol();
        }
        catch (Exception e) when (settings.HoconFile is not null && e is (ConfigurationException or OptionsValidationException))
        {
            throw new NodeStartException($"the settings in {settings.HoconFile} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Starts one that is let into the cluster. The room it has yet to join: first come the users, who are to see it from there on.</summary>
    /// <param name="log">Where it writes what it delivers; null: into one that ends with it.</param>
    /// <param name="onFound">Called when a member of a room has answered; to be let in may take longer, while the room deals with a fault.</param>
    /// <param name="say">Told, in words, what a node waits for that was started with a list of names.</param>
    public static async Task<Incarnation> Start(
        NodeSettings settings, DeliveredLog? log, IReadOnlyCollection<Endpoint> seeds, Action? onFound, Action<string> say, CancellationToken cancel)
    {
        var names = settings.Up is null && seeds.Count > 0 ? await Seeds.Reach(seeds, cancel).ConfigureAwait(false) : [];
        if (settings.Security is { Circle: not null } security)
        {
            var nodes = await Seeds.AskDoors(security, settings.Up?.Named ?? names, cancel).ConfigureAwait(false);
            names = settings.Up is null ? [.. names.Union(nodes)] : names;
        }

        var port = settings.Listen.Port;
        OwnAddress.Check(settings.Listen);
        var services = Build(settings, log, port);
        ActorSystem system;
        try
        {
            // Made here first: what fails while it is started is told to a logger.
            system = services.GetRequiredService<ActorSystem>();
            _ = Cluster.Get(system);
            foreach (var service in services.GetServices<IHostedService>())
            {
                await service.StartAsync(cancel).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            await services.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException)
            {
                throw;
            }

            var why = e.GetBaseException();
            throw new NodeStartException(
                why is SocketException || settings.HoconFile is null
                    ? $"cannot listen on {settings.Listen}: {why.Message}"
                    : $"no node can be started with the settings in {settings.HoconFile}: {why.Message}",
                e);
        }

        var incarnation = new Incarnation(services, system, onFound);
        var isAlone = settings.Up is not null;
        try
        {
            if (settings.Up is { } up)
            {
                names = await UpSearch.Run(incarnation.Room, Cluster.Get(system).SelfAddress, up, seeds, say, cancel).ConfigureAwait(false);
                isAlone = false;
            }

            if (settings.GoOnAfter is { } place)
            {
                incarnation.Room.GoOnAfter(place);
            }

            var cluster = Cluster.Get(system);
            incarnation.Room.MayBegin(names.Count == 0);
            incarnation.Room.Remember([.. (settings.Up?.Named ?? []).Concat(seeds.Reverse()).Concat(names).Concat(settings.Former).Select(s => cluster.SelfAddress.WithHost(s.HostInAddress).WithPort(s.Port)).Distinct()]);
            await incarnation.EnterCluster(names, seeds.Count == 1, settings, cancel).ConfigureAwait(false);
            CheckVersion(cluster);
            return incarnation;
        }
        catch (Exception e)
        {
            await incarnation.End(graceful: cancel.IsCancellationRequested && !isAlone).ConfigureAwait(false);

            // The cluster reports a join that took too long in the same way; that is told by who set the limit.
            cancel.ThrowIfCancellationRequested();
            if (e is ClusterJoinFailedException)
            {
                throw new NodeStartException("the room did not let this node in; the member that was asked may have been leaving just then: try again", e)
                {
                    MayPass = true,
                };
            }

            throw;
        }
    }

    /// <summary>What a node that was asked says that it goes by. Another of the names it was asked by may be that one.</summary>
    public void Hear(string by)
    {
        if (Endpoints.TryParse(by, out var name, out _) && !_asked.Contains(name))
        {
            _elsewhere.TrySetResult(name);
        }
    }

    /// <param name="seeds">Whom to ask.</param>
    /// <param name="isOne">Whether these are names of one node: nobody else could know better.</param>
    /// <param name="listensOn">Where this node does.</param>
    /// <param name="cancel">Cancelled when that has taken too long.</param>
    private async Task EnterCluster(IReadOnlyCollection<Endpoint> seeds, bool isOne, NodeSettings settings, CancellationToken cancel)
    {
        _asked = seeds;
        var cluster = Cluster.Get(_system);
        var self = cluster.SelfAddress;
        if (seeds.Count == 0)
        {
            await cluster.JoinAsync(self, cancel).ConfigureAwait(false);
            return;
        }

        // Never through itself: a cluster takes a node that does so for the first one.
        var others = seeds.Select(s => self.WithHost(s.HostInAddress).WithPort(s.Port)).Where(address => address != self).ToList();
        if (others.Count == 0)
        {
            throw new NodeStartException("the only address known of the room is this node's own: name another member") { MayPass = true };
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var joined = cluster.JoinSeedNodesAsync(others, enough.Token);
        var letIn = await Task.WhenAny([joined, WhenOver, Task.Delay(LetInTimeout, enough.Token), .. isOne ? [_elsewhere.Task] : Array.Empty<Task>()]).ConfigureAwait(false);
        if (letIn != joined)
        {
            cancel.ThrowIfCancellationRequested();
            await enough.CancelAsync().ConfigureAwait(false);
            _ = joined.ContinueWith(task => task.Exception, TaskScheduler.Default);
            throw letIn == _elsewhere.Task
                ? new NodeStartException($"the node at {string.Join(", ", seeds)} goes by {_elsewhere.Task.Result}, and hears nobody who calls it otherwise: {OwnAddress.JoinCommand(_elsewhere.Task.Result, settings.Listen.Host, settings.Security is null)}")
                : new NodeStartException("the room did not let this node in: a member may have died just then, or cannot be reached; trying anew") { MayPass = true };
        }

        await enough.CancelAsync().ConfigureAwait(false);
        await joined.ConfigureAwait(false);
    }

    /// <summary>Why it is over, for its users.</summary>
    public string WhyOver { get; private set; } = "the others went on without this node; joining again";

    /// <summary>This life ends, whatever the cluster thinks of it.</summary>
    /// <param name="why">What its users are told; null: that the others went on.</param>
    public void GiveUp(string? why = null)
    {
        WhyOver = _over.Task.IsCompleted ? WhyOver : why ?? WhyOver;
        _over.TrySetResult();
    }

    /// <summary>Says goodbye to the cluster, where it still listens.</summary>
    public ValueTask Leave() => End(graceful: true);

    /// <summary>Ends at once: the others have done without this incarnation already.</summary>
    public ValueTask DisposeAsync() => End(graceful: false);

    private async ValueTask End(bool graceful)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _spare.Dispose();
        var lost = _over.Task.IsCompleted;
        GiveUp();
        if (graceful && !lost)
        {
            await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
        }
        else
        {
            await _system.Terminate().ConfigureAwait(false);
        }

        await _services.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The room as any application has it, but without a generic host round it, which a node would load and not use.</summary>
    private static ServiceProvider Build(NodeSettings settings, DeliveredLog? log, int port)
    {
        var listen = settings.Listen.Host;
        var advertise = settings.Advertise ?? (IPAddress.TryParse(listen, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? OwnAddress.ForOthers(ip.AddressFamily)
            : listen);
        var dynamic = ConfigurationFactory.ParseString($$"""
            akka {
              # Leaving is the session's business; who asks twice to go wants no shutdown that takes its time.
              coordinated-shutdown.run-by-clr-shutdown-hook = off
              loglevel = WARNING
              stdout-loglevel = OFF
              loggers = ["{{typeof(StderrLogger).FullName}}, norris"]
              remote.norris.tcp {
                hostname = "{{listen}}"
                port = {{port}}
                public-hostname = "{{advertise}}"
              }
              cluster.app-version = "{{Limits.WireVersion}}.0.0"
            }
            norris.delivery = {{settings.Delivery.ToString().ToLowerInvariant()}}
            """);

        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IHostApplicationLifetime, NoLifetime>();
        services.AddAkka(SystemName, akka => akka
            .WithNorris(options => options.JoinsAtOnce = false, log)
            .WithNorrisHardening(settings.Security, isOpen: settings.Security is null)
            .AddHocon(dynamic, HoconAddMode.Prepend)
            .AddHocon(Operator(settings), HoconAddMode.Prepend));
        return services.BuildServiceProvider();
    }

    /// <summary>Who can reach the node decides who its room is for, so it is said in one place.</summary>
    private static readonly string[] OfTheCommandLine = [.. new[] { "hostname", "port", "public-hostname", "public-port" }.Select(key => $"akka.remote.norris.tcp.{key}")];

    private static Config Operator(NodeSettings settings)
    {
        if (settings.HoconFile is not { } file)
        {
            return Config.Empty;
        }

        try
        {
            var text = File.ReadAllText(file);
            CheckBraces(text);
            var config = ConfigurationFactory.ParseString(text);
            return config.IsEmpty ? throw new FormatException("there is no setting in it")
                : config.HasPath("akka.remote.dot-netty")
                ? throw new NodeStartException($"the settings in {file} are for a transport that is not in use: write akka.remote.norris.tcp for akka.remote.dot-netty.tcp")
                : OfTheCommandLine.FirstOrDefault(config.HasPath) is { } said ? throw new NodeStartException($"where the node listens is said by --bind, --port and --advertise, and not by {said} in {file}")
                : config;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConfigurationException or FormatException)
        {
            throw new NodeStartException($"the settings in {file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Akka's parser takes no notice of a brace that is not closed, and none of what stands behind one too many.</summary>
    private static void CheckBraces(string hocon)
    {
        var open = new Stack<int>();
        var line = 1;
        foreach (Match piece in HoconPieces().Matches(hocon))
        {
            line += piece.Value.Count(c => c == '\n');
            if (piece.Value == "{")
            {
                open.Push(line);
            }
            else if (piece.Value == "}" && !open.TryPop(out _))
            {
                throw new FormatException($"line {line} has a }} too many");
            }
        }

        if (open.TryPop(out var unclosed))
        {
            throw new FormatException($"the {{ in line {unclosed} is not closed");
        }
    }

    /// <summary>Strings and comments, in which a brace is none; braces; ends of lines.</summary>
    [GeneratedRegex("\"\"\".*?\"\"\"|\"(\\\\.|[^\"\\\\\n])*\"|(#|//)[^\n]*|[{}\n]", RegexOptions.Singleline)]
    private static partial Regex HoconPieces();

    private static void CheckVersion(Cluster cluster)
    {
        var own = cluster.SelfMember.AppVersion;

        // The host's. Who else has come into the cluster, and says what it likes of its version, is no reason to stay out: the host lets no other version into the room.
        var host = cluster.State.Members.Where(m => m.Status != MemberStatus.Joining).Min(Member.AgeOrdering) ?? cluster.SelfMember;
        if (host.AppVersion.Version.Split('.')[0] != own.Version.Split('.')[0])
        {
            throw new NodeStartException(
                $"the room at {new Endpoint(Endpoints.Canonical(host.Address.Host), host.Address.Port ?? 0)} speaks version {host.AppVersion.Version} of the wire, this norris {own.Version}: "
                + "use the same version on both sides");
        }
    }

    /// <summary>The actor system's end is not the process's: the user comes back with another one.</summary>
    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
