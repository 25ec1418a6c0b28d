using System.Collections.Concurrent;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Event;
using Akka.Hosting;
using Akka.Remote;
using Akka.Remote.Transport;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Norris.Actors;
using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Core.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>
/// A cluster of actor systems in one process, each built with the extension that applications use, each with one user. What a spec says and
/// expects is in words here; how it is done is at the end.
/// </summary>
[Collection(Clusters.Name)]
public abstract class ClusterSpec : TestKit, IAsyncLifetime
{
    private const string SystemName = "norris-spec";

    /// <summary>Two busy cores may be slow. No result depends on this; only how long a failure takes to show.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly Config Overlay = ReadOverlay();
    private readonly List<Guest> _guests = [];
    private readonly List<IHost> _hosts = [];

    /// <summary>What the transports refused. They are all nodes, so there must be nothing.</summary>
    private readonly ConcurrentQueue<string> _refused = new();

    protected ClusterSpec(ITestOutputHelper output, string settings = "")
        : base("akka { loglevel = OFF, stdout-loglevel = OFF }", "spec", output) => Settings = ConfigurationFactory.ParseString(settings);

    /// <summary>What a spec wants otherwise, over hocon/test.hocon.</summary>
    private Config Settings { get; }

    /// <summary>What a node holds for readers that are slow.</summary>
    private protected virtual long LogBytes => new ProtocolOptions().RetainedBytes;

    private IEnumerable<Guest> Live => _guests.Where(g => g.IsLive);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_hosts.Select(async host =>
        {
            await host.Services.GetRequiredService<ActorSystem>().Terminate();
            host.Dispose();
        }));
    }

    // ---- what happens ----

    /// <summary>A new node with a user who wants this name. Returns once the user is in the room.</summary>
    private protected async Task<Guest> Join(string name)
    {
        var guest = await Arrive(name);
        await Eventually(() => guest.User.Name.Length > 0, $"{name} is in the room");
        return guest;
    }

    /// <summary>Like <see cref="Join"/>, but returns while the user still waits at the door.</summary>
    private protected async Task<Guest> Arrive(string name, ReadOnlyMemory<byte> token = default)
    {
        var log = new DeliveredLog(LogBytes);
        var transcript = new Transcript(name);
        _ = transcript.Follow(log.Open());
        var (host, system) = await Start(log, name);
        var options = NorrisRoom.Get(system).Options;
        var user = new RoomUser(new UserId(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))), name, token, options);
        _ = transcript.Follow(user);
        var guest = new Guest(name, user, log, transcript, host, system);
        _guests.Add(guest);
        NorrisRoom.Get(system).Attend(user);
        return guest;
    }

    /// <summary>The user says goodbye, then the node, then the process ends.</summary>
    private protected static async Task Leave(Guest guest)
    {
        guest.User.Leave();
        await guest.User.WhenGone.WaitAsync(Patience);
        guest.IsLive = false;
        await guest.Room.LeaveAsync().WaitAsync(Patience);
        await CoordinatedShutdown.Get(guest.System).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);
    }

    /// <summary>
    /// As near to SIGKILL as one process allows: the node falls silent at once, and then its sockets close. It says no goodbye; the others
    /// have to notice.
    /// </summary>
    private protected async Task Kill(Guest guest)
    {
        guest.IsLive = false;
        await Task.WhenAll(_guests.Where(g => g != guest).Select(other => Throttle(guest, other, Blackhole.Instance)));
        await guest.System.Terminate().WaitAsync(Patience);
    }

    /// <summary>Nothing passes between one and the others any more, in both directions.</summary>
    private protected static Task Cut(Guest one, params Guest[] others) => Between(one, others, Blackhole.Instance);

    private protected static Task Heal(Guest one, params Guest[] others) => Between(one, others, Unthrottled.Instance);

    /// <summary>A node that was excluded is given up: its user goes on, on a new actor system, which joins anew.</summary>
    private protected async Task StartAgain(Guest guest)
    {
        await guest.System.Terminate().WaitAsync(Patience);
        guest.IsLive = false;
        var (host, system) = await Start(guest.Log, guest.Wanted);
        guest.MoveTo(host, system);
        guest.IsLive = true;
        guest.Room.Attend(guest.User);
    }

    /// <summary>Says so many things as fast as the outbox takes them.</summary>
    private protected async Task Say(Guest guest, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var text = $"{guest.Wanted} says {guest.Said.Count + 1}: {new string('☂', i % 50)}";
            if (!guest.TrySay(text))
            {
                await Eventually(() => guest.TrySay(text), $"{guest.Wanted}'s outbox takes something again");
            }
        }
    }

    /// <summary>They talk until the conversation is disposed of.</summary>
    private protected Conversation Talk(params Guest[] guests) => new(this, guests);

    // ---- what is expected ----

    /// <summary>
    /// Everyone in the room ends up with the same: from each one's start on the same entries under the same numbers with the same hashes, without
    /// a hole or a repetition, and in them everything that they said, once, and in the order in which each said it. What the killed and those
    /// who left were told is part of it too: uniform delivery promises that.
    /// </summary>
    private protected async Task EventuallyAgree(bool deliveryIsUniform = true)
    {
        await Eventually(
            () => Live.All(g => g.User.Name.Length > 0 && g.User.Pending == 0) && Live.Select(g => g.Transcript.End).Distinct().Count() == 1,
            "everyone has said all and heard the same");

        var witnesses = deliveryIsUniform ? _guests : [.. Live];
        Assert.Empty(_guests.SelectMany(g => g.Transcript.Faults));
        Assert.Empty(_refused);
        var order = new SortedDictionary<SequenceNumber, Transcript.Line>();
        foreach (var line in witnesses.SelectMany(g => g.Transcript.Lines))
        {
            if (!order.TryAdd(line.First, line))
            {
                Assert.Equal(order[line.First].HashAfter, line.HashAfter);
                Assert.Equal(order[line.First].Entry.Name, line.Entry.Name);
            }
        }

        foreach (var guest in _guests)
        {
            var heard = order.Values.Select(l => l.Entry.Record.Entry).OfType<Said>().Where(s => s.Block.User == guest.User.Id).ToList();
            var texts = heard.SelectMany(s => TextsOf(s.Block)).ToList();
            var said = guest.Said;
            if (guest.IsLive)
            {
                Assert.Equal(said, texts);
            }
            else
            {
                Assert.Equal(said.Take(texts.Count), texts);
            }
        }
    }

    /// <summary>The transports have refused so many messages, as they should; those are no fault any more.</summary>
    private protected async Task Refused(int count)
    {
        await Eventually(() => _refused.Count >= count, $"{count} messages are refused");
        _refused.Clear();
    }

    private protected async Task Eventually(Func<bool> holds, string what) =>
        await AwaitConditionAsync(
            () => Task.FromResult(holds()),
            Patience,
            TimeSpan.FromMilliseconds(50),
            $"It never came about that {what}.\n{string.Join('\n', _guests.Select(g => g.ToString()))}");

    private protected async Task<Guest> Host()
    {
        await Eventually(() => Live.Count(g => g.IsHost) == 1, "there is one host");
        return Live.Single(g => g.IsHost);
    }

    /// <summary>A story of every kind of room: the throttle adapter stands between the nodes, whatever is under it.</summary>
    protected async Task AShortCutCostsNobodyAnything()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        await using (var talk = Talk(ann, bob, cleo))
        {
            await talk.Heard(cleo, 100);
            var before = cleo.Transcript.Messages;
            await Cut(cleo, ann, bob);
            await talk.Heard(ann, 200);
            await Heal(cleo, ann, bob);
            await Eventually(() => cleo.Transcript.Messages > before + 300, "cleo catches up");
        }

        await EventuallyAgree();
        Assert.Equal((0, 1), (cleo.Transcript.Exclusions, cleo.Transcript.Starts));
    }

    // ---- how it is done ----

    private async Task<(IHost Host, ActorSystem System)> Start(DeliveredLog log, string name)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddAkka(SystemName, akka => Build(akka.WithNorris(log: log).WithNorrisHardening(SecurityOf(name)).AddHocon(Settings.WithFallback(Overlay), HoconAddMode.Prepend)));
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        InitializeLogger(system);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Objections(_refused, Expects))), typeof(Warning));
        var cluster = Cluster.Get(system);
        var seed = Live.FirstOrDefault()?.Address ?? cluster.SelfAddress;
        using var limit = new CancellationTokenSource(Patience);
        await cluster.JoinAsync(seed, limit.Token);
        return (host, system);
    }

    /// <summary>What else a spec puts on its actor systems.</summary>
    private protected virtual void Build(AkkaConfigurationBuilder akka)
    {
    }

    /// <summary>What a node is given whose room is for certain devices.</summary>
    private protected virtual RoomSecurity? SecurityOf(string name) => null;

    /// <summary>Whether a spec wants this to be refused.</summary>
    private protected virtual bool Expects(string refusal) => false;

    private sealed class Objections : ReceiveActor
    {
        public Objections(ConcurrentQueue<string> refused, Predicate<string> isExpected) =>
            Receive<Warning>(w => w.LogClass.Namespace == typeof(TransportLimits).Namespace && !isExpected($"{w.Message}"), w => refused.Enqueue($"{w.Message}"));
    }

    private static Task Between(Guest one, Guest[] others, ThrottleMode mode) =>
        Task.WhenAll(others.SelectMany(other => new[] { Throttle(one, other, mode), Throttle(other, one, mode) }));

    private static async Task Throttle(Guest here, Guest there, ThrottleMode mode)
    {
        var provider = (IRemoteActorRefProvider)((ExtendedActorSystem)here.System).Provider;
        var done = await provider.Transport.ManagementCommand(new SetThrottle(there.Address, ThrottleTransportAdapter.Direction.Both, mode));
        Assert.True(done, "the throttle took the command");
    }

    private static List<string> TextsOf(SaidBlock block)
    {
        var texts = new List<string>();
        foreach (var message in block)
        {
            texts.Add(message.Text);
        }

        return texts;
    }

    private static Config ReadOverlay()
    {
        using var stream = typeof(ClusterSpec).Assembly.GetManifestResourceStream("hocon/test.hocon")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    /// <summary>People who talk in the background, at a pace that leaves the processors some room.</summary>
    private protected sealed class Conversation : IAsyncDisposable
    {
        private readonly ClusterSpec _spec;
        private readonly Guest[] _guests;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _talking;

        public Conversation(ClusterSpec spec, Guest[] guests)
        {
            _spec = spec;
            _guests = guests;
            _talking = Task.WhenAll(guests.Select(g => Task.Run(() => TalkOn(g))));
        }

        /// <summary>Returns once a guest has heard so many messages more.</summary>
        public Task Heard(Guest guest, int more)
        {
            var until = guest.Transcript.Messages + more;
            return _spec.Eventually(() => guest.Transcript.Messages >= until, $"{guest.Wanted} hears {more} more");
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _talking;
            _stop.Dispose();
        }

        private async Task TalkOn(Guest guest)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
            while (!_stop.IsCancellationRequested && guest.IsLive)
            {
                // Who has left says no more: what one says to an outbox after the goodbye goes nowhere.
                for (var i = 0; i < 5 && guest.IsLive; i++)
                {
                    guest.TrySay($"{guest.Wanted} says {guest.Said.Count + 1}: {new string('☂', i)}");
                }

                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}

/// <summary>One cluster at a time: each is several nodes on the same two cores.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Clusters
{
    public const string Name = "clusters";
}
