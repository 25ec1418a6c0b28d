using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.MultiNode;

namespace Norris.Tests.Embedding;

/// <summary>What an application does with its room, through nothing but what is public.</summary>
[Collection(Clusters.Name)]
public sealed class DoorSpec : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _limit = new(Patience);
    private ShopNode _node = null!;

    private CancellationToken Limit => _limit.Token;

    public async Task InitializeAsync() => _node = await ShopNode.Open(
        NorrisIsSaid.Last, also: akka => akka.WithNorrisReadinessCheck(), options: options => options.JoinsAtOnce = false);

    public async Task DisposeAsync() => await _node.DisposeAsync();

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Who_says_something_is_given_the_number_under_which_everybody_reads_it()
    {
        await using var reading = _node.Room.Delivered.ReadAllAsync(cancel: Limit).GetAsyncEnumerator();
        await _node.Room.JoinAsync(Limit);
        var ada = await _node.Room.EnterAsync("ada", cancel: Limit);
        var places = await Task.WhenAll(Enumerable.Range(1, 100).Select(i => ada.SayAsync($"{i}", Limit)));

        var read = new Dictionary<MessageId, (SequenceNumber Number, string Text)>();
        while (read.Count < places.Length)
        {
            Assert.True(await reading.MoveNextAsync());
            if (reading.Current is Deliver { Record: { Entry: Said said } record })
            {
                var number = record.First;
                foreach (var message in said.Block)
                {
                    read.Add(message.Id, (number, message.Text));
                    number = number.Next;
                }
            }
        }

        Assert.Equal("ada", ada.Name);
        Assert.All(places.Select((place, i) => (place, Text: $"{i + 1}")), said => Assert.Equal((said.place.Number!.Value, said.Text), read[said.place.Id]));
    }

    [Fact]
    public async Task A_node_that_does_not_join_at_once_joins_when_it_is_asked_to_and_leaves_again()
    {
        Assert.False(_node.Room.Status.IsMember);
        await _node.Room.JoinAsync(Limit);
        Assert.True(_node.Room.Status.IsMember);
        await _node.Room.JoinAsync(Limit);

        await _node.Room.LeaveAsync(Limit);
        Assert.False(_node.Room.Status.IsMember);
    }

    [Fact]
    public async Task A_name_that_the_room_does_not_take_is_refused_with_the_reason()
    {
        await _node.Room.JoinAsync(Limit);

        var e = await Assert.ThrowsAsync<RoomException>(() => _node.Room.EnterAsync("a:b", cancel: Limit));

        Assert.Contains("colon", e.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(_node.Room.Status.Picture.Users);
    }

    [Fact]
    public async Task Who_does_not_want_to_wait_any_longer_to_come_in_does_not_come_in_later()
    {
        using var soon = new CancellationTokenSource();
        var entering = _node.Room.EnterAsync("ada", cancel: soon.Token);
        await soon.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entering);

        await _node.Room.JoinAsync(Limit);
        await _node.Room.EnterAsync("bob", cancel: Limit);
        Assert.Equal(["bob"], _node.Room.Status.Picture.Users.Select(user => user.Name));
    }

    [Fact]
    public async Task More_than_an_outbox_takes_waits_for_its_turn_and_is_said()
    {
        await _node.Room.JoinAsync(Limit);
        var ada = await _node.Room.EnterAsync("ada", cancel: Limit);
        var text = new string('x', Limits.TextBytes);
        var count = (2 * _node.Room.Options.OutboxBytes / Limits.TextBytes) + 1;

        var places = await Task.WhenAll(Enumerable.Range(0, (int)count).Select(_ => ada.SayAsync(text, Limit)));

        Assert.Equal(count, places.Select(place => place.Number).Distinct().Count());
        Assert.DoesNotContain(places, place => place.Number is null);
    }

    [Fact]
    public async Task What_is_no_message_is_refused_and_who_has_left_says_nothing_more()
    {
        await _node.Room.JoinAsync(Limit);
        var ada = await _node.Room.EnterAsync("ada", cancel: Limit);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => ada.SayAsync("", Limit));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ada.SayAsync("\ud800", Limit));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ada.SayAsync(new string('x', Limits.TextBytes + 1), Limit));
        ada.Leave();
        await ada.WhenGone.WaitAsync(Limit);
        await Assert.ThrowsAsync<RoomException>(() => ada.SayAsync("too late", Limit));
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_ends_and_takes_nothing_back()
    {
        var ada = new RoomUser(new UserId(7), "ada", default, _node.Room.Options);
        _node.Room.Attend(ada);
        using var soon = new CancellationTokenSource();
        var saying = ada.SayAsync("hello", soon.Token);
        await soon.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => saying);
        var reading = ada.ReadAllAsync(cancel: Limit);

        await _node.Room.JoinAsync(Limit);

        Assert.Equal("hello", await FirstText(reading));
    }

    [Fact]
    public async Task Who_goes_on_reading_after_a_place_is_told_how_much_came_meanwhile()
    {
        await _node.Room.JoinAsync(Limit);
        var ada = await _node.Room.EnterAsync("ada", cancel: Limit);
        var first = await ada.SayAsync("one", Limit);
        var room = _node.Room.Status;
        var place = new RoomPlace(room.Room, first.Number!.Value, room.Epoch, room.Hash);
        for (var i = 0; i < 5; i++)
        {
            await ada.SayAsync("meanwhile", Limit);
        }

        await using var reading = ada.ReadAllAsync(place, Limit).GetAsyncEnumerator();
        await using var elsewhere = ada.ReadAllAsync(place with { Room = new RoomId(1) }, Limit).GetAsyncEnumerator();

        Assert.True(await reading.MoveNextAsync());
        Assert.Equal(new Missed(5), reading.Current);
        Assert.True(await reading.MoveNextAsync());
        Assert.IsType<Started>(reading.Current);
        Assert.True(await elsewhere.MoveNextAsync());
        Assert.IsType<Started>(elsewhere.Current);
    }

    [Fact]
    public async Task A_health_check_is_bad_outside_of_the_room_and_good_in_it()
    {
        var health = _node.Services.GetRequiredService<HealthCheckService>();
        async Task<HealthReportEntry> Check() => (await health.CheckHealthAsync(check => check.Tags.Contains("norris"), Limit)).Entries["Norris"];

        Assert.Equal(HealthStatus.Unhealthy, (await Check()).Status);
        await _node.Room.JoinAsync(Limit);
        var good = await Check();
        Assert.Equal(HealthStatus.Healthy, good.Status);
        Assert.Equal(_node.Room.Status.Room.ToString(), good.Data["room"]);
    }

    [Theory]
    [InlineData(Contact.HostSilent, HealthStatus.Degraded)]
    [InlineData(Contact.CutOff, HealthStatus.Unhealthy)]
    public void A_health_check_says_how_a_member_is_connected(Contact contact, HealthStatus status) =>
        Assert.Equal(status, RoomReadiness.Of(RoomStatus.None with { IsMember = true, Contact = contact }, HealthStatus.Unhealthy).Status);

    [Fact]
    public async Task What_is_measured_and_traced_bears_the_room()
    {
        var rooms = new ConcurrentQueue<object?>();
        using var meter = new MeterListener();
        meter.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == NorrisDiagnostics.MeterName && instrument.Name == "norris.messages.delivered")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meter.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (count > 0)
            {
                rooms.Enqueue(tags.ToArray().Single(tag => tag.Key == "norris.room").Value);
            }
        });
        meter.Start();
        var activities = new ConcurrentQueue<Activity>();
        using var tracing = new ActivityListener
        {
            ShouldListenTo = source => source.Name == NorrisDiagnostics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(tracing);

        await _node.Room.JoinAsync(Limit);
        var ada = await _node.Room.EnterAsync("ada", cancel: Limit);
        var place = await ada.SayAsync("hello", Limit);

        var room = _node.Room.Status.Room.ToString();
        Assert.Contains(room, rooms);
        var said = Assert.Single(activities, activity => Equals(activity.GetTagItem("norris.room"), room));
        Assert.Equal(place.Number!.Value.Value, said.GetTagItem("norris.number"));
    }

    private static async Task<string> FirstText(IAsyncEnumerable<News> reading)
    {
        await foreach (var news in reading)
        {
            if (news is Deliver { Record.Entry: Said said })
            {
                foreach (var message in said.Block)
                {
                    return message.Text;
                }
            }
        }

        return "";
    }
}
