using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Hosting;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Tests.MultiNode;

/// <summary>A user, and the actor system that carries it: a process, as far as one process can show.</summary>
internal sealed class Guest(string name, RoomUser user, DeliveredLog log, Transcript transcript, IHost host, ActorSystem system)
{
    private readonly List<string> _said = [];

    public string Wanted { get; } = name;

    public RoomUser User { get; } = user;

    /// <summary>Goes from one actor system to the next, as the user does.</summary>
    public DeliveredLog Log { get; } = log;

    public Transcript Transcript { get; } = transcript;

    public IHost Host { get; private set; } = host;

    public ActorSystem System { get; private set; } = system;

    public NorrisRoom Room => NorrisRoom.Get(System);

    public Address Address => Cluster.Get(System).SelfAddress;

    /// <summary>Whether it is (or should be) in the room: neither left nor killed.</summary>
    public bool IsLive { get; set; } = true;

    /// <summary>Every text that the outbox took, in order.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_said)
            {
                return [.. _said];
            }
        }
    }

    public bool IsHost => Room.Status.Host == Room.Self;

    /// <summary>Says one thing; false where the outbox is full.</summary>
    public bool TrySay(string text)
    {
        lock (_said)
        {
            if (User.TrySay(text) is not { } id)
            {
                return false;
            }

            _said.Add(text);
            Assert.Equal(_said.Count, id.Counter);
            return true;
        }
    }

    /// <summary>The same user goes on, on another actor system.</summary>
    public void MoveTo(IHost host, ActorSystem system)
    {
        Host = host;
        System = system;
    }

    public override string ToString() => $"{Wanted} ({User.Name}, {User.Pending} pending, {Room.Status}) {Transcript}";
}
