using System.Threading.Channels;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>A user's session, as one reader has it.</summary>
internal sealed class ChatSession(ChatUser user, ChatEvents events) : IChatSession
{
    public ChannelReader<ChatEvent> Events => events;

    public UserId User => user.User.Id;

    public (string Room, long Seq) ReadTo => events.ReadTo;

    public RoomView View => user.View;

    /// <summary>How people call a node: where it listens.</summary>
    public static string ShortName(NodeId node) => node.Address[(node.Address.LastIndexOf('@') + 1)..];

    public IChatSession Share(bool tellsPlaces) => new ChatSession(user, user.Add(events.Fork(tellsPlaces)));

    public SayResult Say(string text, Relation? relation = null) => user.Say(text, relation);

    public SayResult Say(RelationWish wish) => wish.Of(events.NewestFirst(), User, out var text, out var whyNot) is { } relation ? user.Say(text, relation) : new SayResult(null, whyNot);

    public void AskForName(string name) => user.AskForName(name);

    public Task WhenDelivered(CancellationToken cancel) => user.WhenDelivered(events).WaitAsync(cancel);

    public Task Leave(CancellationToken cancel) => user.Leave().WaitAsync(cancel);

    public Task<string> Reform(CancellationToken cancel) => user.Reform().WaitAsync(cancel);

    public Task<string?> ChangeRoom(RoomSettingKind setting, string text, CancellationToken cancel) => user.ChangeRoom(setting, text, cancel);

    public Task<CircleAnswer> AskCircle(CircleWish wish, CancellationToken cancel) => user.AskCircle is { } ask ? ask(wish, cancel) : Task.FromResult<CircleAnswer>(CircleAnswer.NotHere);
}
