using System.Collections.Concurrent;
using Akka.Actor;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Shop;

/// <summary>An order, as all tills show it.</summary>
internal sealed record Order(long Number, string Till, string Text);

/// <summary>This till in the room of all tills.</summary>
internal sealed class Orders(ActorSystem system) : BackgroundService
{
    private const int Shown = 100;

    private readonly ConcurrentQueue<Order> _latest = new();
    private readonly TaskCompletionSource<RoomUser> _till = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyCollection<Order> Latest => _latest;

    /// <summary>Completes when everybody will see the order, with its number.</summary>
    public async Task<long?> Place(string text, CancellationToken cancel)
    {
        var till = await _till.Task.WaitAsync(cancel);
        return (await till.SayAsync(text, cancel)).Number?.Value;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var room = NorrisRoom.Get(system);
        var delivered = room.Delivered.ReadAllAsync(cancel: stoppingToken); // from now on, before this till comes in
        _till.SetResult(await room.EnterAsync($"till-{room.Self.Address.Split(':')[^1]}", cancel: stoppingToken));
        await foreach (var news in delivered)
        {
            if (news is Deliver { Record: { Entry: Said said } record, Name: var name })
            {
                Show(record.First, name ?? "", said.Block);
            }
        }
    }

    private void Show(SequenceNumber number, string till, SaidBlock block)
    {
        foreach (var message in block)
        {
            _latest.Enqueue(new Order(number.Value, till, message.Text));
            number = number.Next;
        }

        while (_latest.Count > Shown)
        {
            _latest.TryDequeue(out _);
        }
    }
}
