using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Hosting;
using Akka.Persistence;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Norris.Actors;

namespace Norris.Tests.Embedding;

/// <summary>When an application says <c>WithNorris</c>.</summary>
public enum NorrisIsSaid
{
    Never,
    First,
    Last,
}

/// <summary>
/// One node of somebody's application, set up as the packages' readme files say, with nothing for Norris's sake: a singleton, sharded entities, pub-sub and persistence, all of
/// them with plain objects that only Akka's own serializers can write.
/// </summary>
internal sealed class ShopNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IHost _host;

    private ShopNode(IHost host) => _host = host;

    public ActorSystem System => _host.Services.GetRequiredService<ActorSystem>();

    public Cluster Cluster => Cluster.Get(System);

    public NorrisRoom Room => NorrisRoom.Get(System);

    public IServiceProvider Services => _host.Services;

    /// <summary>Returns once the node is up, in the cluster of another, or in one of its own.</summary>
    public static async Task<ShopNode> Open(NorrisIsSaid norris, ShopNode? other = null, Action<AkkaConfigurationBuilder>? also = null, Action<NorrisOptions>? options = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddHealthChecks();
        builder.Services.AddAkka("shop", akka =>
        {
            if (norris == NorrisIsSaid.First)
            {
                akka.WithNorris(options);
            }

            akka
                .WithRemoting("127.0.0.1", 0)
                .WithClustering()
                .WithDistributedPubSub("")
                .WithSingleton<Till>("till", (_, _, _) => Props.Create<Till>())
                .WithShardRegion<Shelf>("shelf", (_, _, _) => _ => Props.Create<Shelf>(), new Shelves(), new ShardOptions { StateStoreMode = StateStoreMode.DData, RememberEntities = false })
                .AddHocon(
                    """
                    akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }
                    akka.cluster.split-brain-resolver.stable-after = 2s
                    akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
                    akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
                    akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
                    """,
                    HoconAddMode.Prepend);
            also?.Invoke(akka);
            if (norris == NorrisIsSaid.Last)
            {
                akka.WithNorris(options);
            }
        });
        var node = new ShopNode(builder.Build());
        await node._host.StartAsync();
        using var limit = new CancellationTokenSource(Patience);
        await node.Cluster.JoinAsync((other ?? node).Cluster.SelfAddress, limit.Token);
        return node;
    }

    /// <summary>What the singleton answers.</summary>
    public async Task<int> Sell(int price, int tax) =>
        (await ActorRegistry.For(System).Get<Till>().Ask<Sold>(new Sale(price, tax), Patience)).Total;

    /// <summary>What so many entities answer, each asked twice.</summary>
    public async Task<string> Stock(int shelves)
    {
        var region = ActorRegistry.For(System).Get<Shelf>();
        var answers = new List<string>();
        for (var shelf = 1; shelf <= shelves; shelf++)
        {
            await region.Ask<Stored>(new Put(shelf, "tea"), Patience);
            var stored = await region.Ask<Stored>(new Put(shelf, "milk"), Patience);
            answers.Add($"{shelf}:{string.Join('+', stored.Goods)}");
        }

        return string.Join(' ', answers);
    }

    /// <summary>What arrives of an offer on another node's subscriber.</summary>
    public async Task<string> OfferTo(ShopNode other)
    {
        var heard = new TaskCompletionSource<Offer>(TaskCreationOptions.RunContinuationsAsynchronously);
        other.System.ActorOf(Props.Create(() => new Customer(heard)));
        var mediator = DistributedPubSub.Get(System).Mediator;
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = new CancellationTokenSource(Patience);
        while (!heard.Task.IsCompleted)
        {
            // The list of subscribers spreads by gossip.
            mediator.Tell(new Publish("offers", new Offer("tea", new Price { Amount = 3, Currency = "EUR" })));
            await again.WaitForNextTickAsync(limit.Token);
        }

        var offer = await heard.Task;
        return $"{offer.Goods} for {offer.Price.Amount} {offer.Price.Currency}";
    }

    /// <summary>What a persistent actor knows after it was stopped and started.</summary>
    public async Task<string> Remember()
    {
        var ledger = System.ActorOf(Props.Create<Ledger>());
        await ledger.Ask<Done>(new Sale(3, 4), Patience);
        await ledger.Ask<Done>(new Sale(5, 6), Patience);
        await ledger.GracefulStop(Patience);
        return (await System.ActorOf(Props.Create<Ledger>()).Ask<Booked>(new WhatIsBooked(), Patience)).Sales;
    }

    public async ValueTask DisposeAsync()
    {
        await System.Terminate();
        _host.Dispose();
    }

    internal sealed class Till : ReceiveActor
    {
        public Till() => Receive<Sale>(sale => Sender.Tell(new Sold(sale.Price + sale.Tax)));
    }

    internal sealed class Shelf : ReceiveActor
    {
        private readonly List<string> _goods = [];

        public Shelf() => Receive<Put>(put =>
        {
            _goods.Add(put.Goods);
            Sender.Tell(new Stored([.. _goods]));
        });
    }

    private sealed class Shelves() : HashCodeMessageExtractor(10)
    {
        public override string? EntityId(object message) => (message as Put)?.Shelf.ToString(CultureInfo.InvariantCulture);
    }

    private sealed class Customer : ReceiveActor
    {
        public Customer(TaskCompletionSource<Offer> heard)
        {
            Receive<Offer>(offer => heard.TrySetResult(offer));
            Receive<SubscribeAck>(_ => { });
        }

        protected override void PreStart() => DistributedPubSub.Get(Context.System).Mediator.Tell(new Subscribe("offers", Self));
    }

    private sealed class Ledger : ReceivePersistentActor
    {
        private readonly List<Sale> _sales = [];

        public Ledger()
        {
            Recover<Sale>(_sales.Add);
            Command<Sale>(sale => Persist(sale, booked =>
            {
                _sales.Add(booked);
                Sender.Tell(new Done());
            }));
            Command<WhatIsBooked>(_ => Sender.Tell(new Booked(string.Join(' ', _sales.Select(s => $"{s.Price}+{s.Tax}")))));
        }

        public override string PersistenceId => "ledger";
    }

    internal sealed record Sale(int Price, int Tax);

    internal sealed record Sold(int Total);

    internal sealed record Put(int Shelf, string Goods);

    internal sealed record Stored(List<string> Goods);

    internal sealed record Offer(string Goods, Price Price);

    internal sealed class Price
    {
        public int Amount { get; set; }

        public string Currency { get; set; } = "";
    }

    internal sealed record Done;

    internal sealed record WhatIsBooked;

    internal sealed record Booked(string Sales);
}
