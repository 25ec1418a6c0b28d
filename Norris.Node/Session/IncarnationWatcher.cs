using Akka.Actor;
using Akka.Cluster;
using Norris.Actors.Transport;

namespace Norris.Node.Session;

/// <summary>
/// Remembers where others listen, and by which name one goes that was asked by another.
/// </summary>
internal sealed class IncarnationWatcher : ReceiveActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);

    public IncarnationWatcher(Incarnation incarnation, Action? onFound)
    {
        Receive<ClusterEvent.IMemberEvent>(e =>
        {
            if (e.Member.Address is { Host: { } host, Port: { } port } && e.Member.UniqueAddress != _cluster.SelfUniqueAddress)
            {
                incarnation.Known.TryAdd(new Endpoint(Endpoints.Canonical(host), port), 0);
                onFound?.Invoke();
                onFound = null;
            }
        });
        Receive<AnotherAnswers>(m => incarnation.Hear(m.By));
    }

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AnotherAnswers));
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);
}
