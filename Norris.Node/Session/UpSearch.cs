using System.Diagnostics;
using Akka.Actor;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Node.Session;

/// <summary>Looks for a room among those named (<c>norris up</c>), for as long as it takes, and says what it waits for.</summary>
internal static class UpSearch
{
    private static readonly TimeSpan SayFirstAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(10);

    /// <summary>Gives the members to join through; none: the room begins here.</summary>
    /// <param name="others">Others that may have the room.</param>
    public static async Task<IReadOnlyList<Endpoint>> Run(
        NorrisRoom room, Address self, UpPlan plan, IEnumerable<Endpoint> others, Action<string> say, CancellationToken cancel)
    {
        Address At(Endpoint endpoint) => self.WithHost(endpoint.HostInAddress).WithPort(endpoint.Port);
        var sayAt = Stopwatch.GetTimestamp() + (long)(SayFirstAfter.TotalSeconds * Stopwatch.Frequency);
        var members = await room.LookForRoom(new RoomSearch([.. plan.Named.Select(At)], plan.Self, [.. others.Select(At)], OnWaits)).WaitAsync(cancel).ConfigureAwait(false);
        return [.. members.Select(m => new Endpoint(Endpoints.Canonical(m.Host), m.Port ?? 0))];

        void OnWaits(IReadOnlyList<int> silent, bool hasMajority)
        {
            if (Stopwatch.GetTimestamp() >= sayAt)
            {
                sayAt = Stopwatch.GetTimestamp() + (long)(SayEvery.TotalSeconds * Stopwatch.Frequency);
                say(Words(plan, silent, hasMajority));
            }
        }
    }

    internal static string Words(UpPlan plan, IReadOnlyList<int> silent, bool hasMajority)
    {
        var who = string.Join(", ", silent.Select(place => plan.Named[place]));
        return !hasMajority ? $"waiting for a majority of {plan}: {who} {(silent.Count == 1 ? "has" : "have")} not answered"
            : silent.Count > 0 ? $"waiting for {who}, who may have the room: one begins within some {Founding.Vote / 1000} s"
            : $"waiting for {plan} to agree who begins the room";
    }
}
