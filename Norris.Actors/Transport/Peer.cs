using Akka.Actor;
using static Akka.Cluster.ClusterEvent;

namespace Norris.Actors.Transport;

/// <summary>
/// Who is at the other end of a connection, and what it may send: a member as much as it likes, a guest little. Joining takes a dozen frames; who sends
/// thousands takes the time and the memory of those who talk. One thread reads; any may ask whether it is a member.
/// </summary>
/// <param name="origin">Who it is.</param>
/// <param name="isMember">Whether the cluster knows this incarnation now.</param>
/// <param name="time">The clock.</param>
/// <param name="guests">How many guests there are now, who share what all of them may send; null: it is the only one.</param>
internal sealed class Peer(Origin origin, Func<bool> isMember, TimeProvider time, Func<int>? guests = null)
{
    /// <summary>However many tiny frames came at once.</summary>
    private const double MostDebt = -10 * TransportLimits.GuestFramesPerSecond;

    /// <summary>Two joins' worth at once, however many others there are.</summary>
    private const double LeastBurst = 30;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private long _at = time.GetTimestamp();
    private double _may = Math.Max(LeastBurst, PerSecond(guests));

    public Origin Origin => origin;

    public bool IsMember => isMember() && (HasBeenMember = true);

    /// <summary>Whether it was one when that was last asked, or before.</summary>
    public bool HasBeenMember { get; private set; }

    public static Peer Of(ActorSystem system, Origin origin, Func<int>? guests = null) => new(origin, new Membership(system, origin).IsGiven, TimeProvider.System, guests);

    /// <summary>Whether a frame of this length may come.</summary>
    public bool MaySend(uint length) => length <= TransportLimits.GuestFrameBytes || IsMember;

    /// <summary>Counts a frame.</summary>
    public void Sent(int length) => _may -= 1 + ((double)length / TransportLimits.SmallMessageBytes);

    /// <summary>Ends when the next frames may be read: who sends too much has to wait until the network takes no more from it.</summary>
    public async ValueTask Rest(Task whenClosed)
    {
        while (_may < 0 && !IsMember && !whenClosed.IsCompleted)
        {
            await Task.Delay(LookAgain, time).ConfigureAwait(false);
            Earn();
        }

        Earn();
    }

    private void Earn()
    {
        var now = time.GetTimestamp();
        var perSecond = PerSecond(guests);
        var earned = time.GetElapsedTime(_at, now).TotalSeconds * perSecond;
        (_may, _at) = (Math.Min(Math.Max(LeastBurst, perSecond), Math.Max(MostDebt, _may) + earned), now);
    }

    private static double PerSecond(Func<int>? guests) =>
        Math.Min(TransportLimits.GuestFramesPerSecond, TransportLimits.AllGuestsFramesPerSecond / (double)Math.Max(1, guests?.Invoke() ?? 1));

    /// <summary>Whether it is a member, as the cluster of this actor system says: it makes a new state whenever something changes.</summary>
    private sealed class Membership(ActorSystem system, Origin origin)
    {
        private Known? _known;

        public bool IsGiven()
        {
            if (!system.HasExtension<Akka.Cluster.Cluster>())
            {
                return false;
            }

            var state = Akka.Cluster.Cluster.Get(system).State;
            if (_known is not { } known || !ReferenceEquals(known.State, state))
            {
                _known = known = new Known(state, state.Members.Any(m =>
                    m.Address.Port == origin.Port && m.UniqueAddress.Uid == origin.Uid && string.Equals(m.Address.Host, origin.Host, StringComparison.Ordinal)));
            }

            return known.IsGiven;
        }

        private sealed record Known(CurrentClusterState State, bool IsGiven);
    }
}
