using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Norris.Actors;
using Norris.Actors.Membership;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Tests.MultiNode;
using Xunit.Abstractions;

namespace Norris.Tests.Embedding;

/// <summary>An application of two nodes, with everything that it has of Akka's, and a room beside it.</summary>
[Collection(Clusters.Name)]
public sealed class HostApplicationSpec(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(NorrisIsSaid.Never)]
    [InlineData(NorrisIsSaid.First)]
    [InlineData(NorrisIsSaid.Last)]
    public async Task All_that_an_application_has_answers_as_without_Norris_whichever_order_it_is_set_up_in(NorrisIsSaid norris)
    {
        await using var one = await ShopNode.Open(norris);
        await using var two = await ShopNode.Open(norris, one);

        foreach (var (which, node, other) in new[] { ("one", one, two), ("two", two, one) })
        {
            Answers(which, "singleton", "7", $"{await node.Sell(3, 4)}");
            Answers(which, "pub-sub", "tea for 3 EUR", await node.OfferTo(other));
            Answers(which, "persistence", "3+4 5+6", await node.Remember());
        }

        Answers("two", "ten sharded entities", "1:tea+milk 2:tea+milk 3:tea+milk 4:tea+milk 5:tea+milk 6:tea+milk 7:tea+milk 8:tea+milk 9:tea+milk 10:tea+milk", await two.Stock(10));
        if (norris != NorrisIsSaid.Never)
        {
            await TheRoomWorks(one, two);
            Answers("one", "singleton, after the room", "7", $"{await one.Sell(3, 4)}");
        }

        void Answers(string node, string what, string expected, string answer)
        {
            output.WriteLine($"WithNorris said {norris} | node {node} | {what} | {answer}");
            Assert.Equal(expected, answer);
        }
    }

    [Theory]
    [InlineData(NorrisIsSaid.First)]
    [InlineData(NorrisIsSaid.Last)]
    public async Task Of_an_applications_settings_nothing_changes_but_that_Norris_has_some_of_its_own(NorrisIsSaid norris)
    {
        await using var without = await ShopNode.Open(NorrisIsSaid.Never);
        await using var with = await ShopNode.Open(norris);

        var added = SettingsOf(with.System).Except(SettingsOf(without.System)).Select(pair => pair.Key).ToList();
        var gone = SettingsOf(without.System).Keys.Except(SettingsOf(with.System).Keys);

        Assert.Empty(gone);
        Assert.Equal(
            ["akka.actor.serialization-bindings.Norris.Actors.Wire.FromNode, Norris.Actors", "akka.actor.serializers.norris"],
            added.Order(StringComparer.Ordinal));
        Assert.Equal(without.System.Scheduler.GetType(), with.System.Scheduler.GetType());
        Assert.Equal(without.Cluster.DowningProvider.GetType(), with.Cluster.DowningProvider.GetType());
        Assert.Equal(without.Cluster.SelfAddress.Protocol, with.Cluster.SelfAddress.Protocol);
        Assert.Equal(SerializerFor(without, new ShopNode.Sale(3, 4)), SerializerFor(with, new ShopNode.Sale(3, 4)));
        Assert.IsType<NorrisSerializer>(with.System.Serialization.FindSerializerForType(typeof(FromNode)));
    }

    [Fact]
    public async Task Where_another_decides_who_is_out_Norris_takes_nobody_out_of_the_cluster()
    {
        await using var one = await ShopNode.Open(NorrisIsSaid.Last);
        await using var two = await ShopNode.Open(NorrisIsSaid.Last, one);

        Assert.False(Removal.TakeOut(one.System, NodeContext.IdOf(two.Cluster.SelfUniqueAddress)));

        Assert.Equal(MemberStatus.Up, one.Cluster.State.Members.Single(m => m.UniqueAddress == two.Cluster.SelfUniqueAddress).Status);
        await TheRoomWorks(one, two);
    }

    [Fact]
    public async Task A_host_that_crashes_is_replaced_when_the_applications_own_resolver_has_taken_it_out()
    {
        var one = await ShopNode.Open(NorrisIsSaid.Last);
        await using var two = await ShopNode.Open(NorrisIsSaid.Last, one);
        await using var three = await ShopNode.Open(NorrisIsSaid.Last, one);
        var ada = await two.Room.EnterAsync("ada").WaitAsync(Patience);
        await using var reading = new Reading(three);
        await Task.WhenAll(one.Room.JoinAsync(), two.Room.JoinAsync(), three.Room.JoinAsync()).WaitAsync(Patience);
        Assert.Equal(one.Room.Self, two.Room.Status.Host);

        // Without a goodbye: what an actor system says that is terminated, its coordinated shutdown says.
        var provider = ((ExtendedActorSystem)one.System).Provider;
        await ((Akka.Remote.IRemoteActorRefProvider)provider).Transport.Shutdown();
        var place = await ada.SayAsync("still here").WaitAsync(Patience);

        Assert.True(place.Number > default(SequenceNumber));
        Assert.Equal(["still here"], await reading.Texts(1));
        Assert.NotEqual(one.Room.Self, two.Room.Status.Host);
        await one.DisposeAsync();
    }

    private static async Task TheRoomWorks(ShopNode one, ShopNode two)
    {
        await using var readingOne = new Reading(one);
        await using var readingTwo = new Reading(two);
        var ada = await one.Room.EnterAsync("ada").WaitAsync(Patience);
        var bob = await two.Room.EnterAsync("bob").WaitAsync(Patience);
        var first = await ada.SayAsync("hello").WaitAsync(Patience);
        var second = await bob.SayAsync("hello, ada").WaitAsync(Patience);

        Assert.True(second.Number > first.Number);
        Assert.Equal(["hello", "hello, ada"], await readingOne.Texts(2));
        Assert.Equal(["hello", "hello, ada"], await readingTwo.Texts(2));
    }

    private static Type SerializerFor(ShopNode node, object message) => node.System.Serialization.FindSerializerFor(message).GetType();

    private static Dictionary<string, string> SettingsOf(ActorSystem system)
    {
        var settings = new Dictionary<string, string>();
        Add("", system.Settings.Config.Root);
        return settings;

        void Add(string path, HoconValue value)
        {
            if (!value.IsObject())
            {
                settings[path] = value.ToString();
                return;
            }

            foreach (var (key, inner) in value.GetObject().Items)
            {
                Add(path.Length == 0 ? key : $"{path}.{key}", inner);
            }
        }
    }

    /// <summary>What is said, as one node delivers it from now on.</summary>
    private sealed class Reading : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new(Patience);
        private readonly IAsyncEnumerator<string> _texts;

        public Reading(ShopNode node) => _texts = TextsIn(node.Room.Delivered.ReadAllAsync(cancel: _end.Token)).GetAsyncEnumerator();

        public async Task<List<string>> Texts(int count)
        {
            var texts = new List<string>();
            while (texts.Count < count && await _texts.MoveNextAsync())
            {
                texts.Add(_texts.Current);
            }

            return texts;
        }

        public async ValueTask DisposeAsync()
        {
            await _texts.DisposeAsync();
            _end.Dispose();
        }

        private static async IAsyncEnumerable<string> TextsIn(IAsyncEnumerable<News> delivered)
        {
            await foreach (var news in delivered)
            {
                if (news is Deliver { Record.Entry: Said said })
                {
                    foreach (var text in TextsOf(said.Block))
                    {
                        yield return text;
                    }
                }
            }
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
    }
}
