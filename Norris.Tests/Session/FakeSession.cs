using System.Threading.Channels;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Tests.Session;

internal sealed class FakeSession(FakeRoom room, FakeNode node, UserId user) : IChatSession
{
    private readonly Channel<ChatEvent> _events = Channel.CreateUnbounded<ChatEvent>();

    public UserId User => user;

    public FakeNode Node => node;

    public string Name { get; internal set; } = "";

    public bool OutboxIsFull { get; set; }

    public ChannelReader<ChatEvent> Events => _events.Reader;

    public RoomView View => room.View(this);

    internal long Counter { get; set; }

    internal int Pending { get; set; }

    public SayResult Say(string text, Relation? relation = null) => room.Say(this, text, relation);

    public void AskForName(string name) => room.Name(this, name);

    public async Task WhenDelivered(CancellationToken cancel)
    {
        while (View.Pending > 0)
        {
            await Task.Delay(5, cancel);
        }
    }

    public Task Leave(CancellationToken cancel)
    {
        room.Leave(this);
        return Task.CompletedTask;
    }

    public Task<string?> ChangeRoom(RoomSettingKind setting, string text, CancellationToken cancel)
    {
        room.Change(this, setting, text);
        return Task.FromResult<string?>(null);
    }

    public Task<CircleAnswer> AskCircle(CircleWish wish, CancellationToken cancel) => Task.FromResult(node.GuestLinks?.Answer(wish) ?? node.Circle?.Do(wish) ?? FakeCircle.IsOpen);

    public Task<string> Reform(CancellationToken cancel) => Task.FromResult(View.Connection == ConnectionState.Connected ? "there is nothing to re-form" : "a new room has begun");

    /// <summary>Gives the session an event that the room did not make.</summary>
    public void Tell(ChatEvent happened) => _events.Writer.TryWrite(happened);

    internal void Welcome(OrderedEvent joined)
    {
        var view = View;
        Tell(new WelcomeEvent(Name, node.Address, view.Host, view.Room, joined.Epoch, joined.Seq, [.. view.Users.Select(u => u.Name)]) { ReadTo = node.ReadTo });
    }

    internal void End(string why)
    {
        Tell(new ByeEvent(why));
        _events.Writer.TryComplete();
    }
}
