using Akka.Actor;

namespace Norris.Actors;

/// <summary>Where to look for a room, and who may begin it (<see cref="NorrisRoom.LookForRoom"/>).</summary>
/// <param name="Named">The same on every node, in the same order, this node among them: a majority of these has to answer before a room begins.</param>
/// <param name="Self">Which of them this node is.</param>
/// <param name="Others">Others that may have the room; they have no vote.</param>
/// <param name="Waits">Told now and then, on any thread, who of those named has not answered, and whether a majority has.</param>
public sealed record RoomSearch(IReadOnlyList<Address> Named, int Self, IReadOnlyList<Address> Others, Action<IReadOnlyList<int>, bool> Waits);
