using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>Recovery takes the longest log, whatever its epoch.</summary>
internal sealed class LongestLogWins : Breakage
{
    public override Message? Sees(SimulatedNode node, Message message) =>
        message is Promise promise ? promise with { LastEpoch = new Epoch(1) } : message;
}

/// <summary>Gaps are never asked for.</summary>
internal sealed class NeverNack : Breakage
{
    public override Effect? Does(SimulatedNode node, Effect effect) => effect is Send { Message: Fetch } ? null : effect;
}

/// <summary>A newcomer, and a new sequencer, learn who is here but not what they have said so far.</summary>
internal sealed class ForgetTheCounters : Breakage
{
    public override Effect? Does(SimulatedNode node, Effect effect) => effect switch
    {
        Send { Message: Page { Snapshot: { } room } page } send => send with { Message = page with { Snapshot = Forget(room) } },
        Send { Message: RecoveryPage { Snapshot: { } room } page } send => send with { Message = page with { Snapshot = Forget(room) } },
        _ => effect,
    };

    private static RoomSnapshot Forget(RoomSnapshot room) => room with { Users = [.. room.Users.Select(u => u with { LastCounter = 0 })], Departed = [] };
}

/// <summary>A recovery takes over who is here, but of the circle not the device that was let in last.</summary>
internal sealed class ForgetAnAdmission : Breakage
{
    public override Message? Sees(SimulatedNode node, Message message) =>
        message is RecoveryPage { Snapshot.Circle: { } circle } page ? page with { Snapshot = page.Snapshot with { Circle = Forget(circle) } } : message;

    private static RoomCircle Forget(RoomCircle circle)
    {
        var last = circle.Circle.Devices.Last().Device;
        return circle with { Circle = Circle.Read(circle.Circle.Records.Where(r => r.Device != last && r.By != last), SimulatedDevice.IsSigned) };
    }
}

/// <summary>What is handed over again goes under new ids.</summary>
internal sealed class ResubmitUnderNewIds : Breakage
{
    private readonly Dictionary<UserId, long> _lastSent = [];

    public override Effect? Does(SimulatedNode node, Effect effect)
    {
        if (effect is not SendToSequencer { Message: Submit { Block: var block } })
        {
            return effect;
        }

        var last = _lastSent.GetValueOrDefault(block.User);
        var first = block.FirstCounter <= last ? last + 1 : block.FirstCounter;
        _lastSent[block.User] = first + block.Count - 1;
        return new SendToSequencer(new Submit(SaidBlock.TryRead(block.User, first, block.Count, block.SentAt, block.Texts)!));
    }
}

/// <summary>What is lost on the way stays lost.</summary>
internal sealed class NeverResubmit : Breakage
{
    private readonly HashSet<SaidBlock> _sent = [];

    public override Effect? Does(SimulatedNode node, Effect effect) =>
        effect is SendToSequencer { Message: Submit { Block: var block } } && !_sent.Add(block) ? null : effect;
}

/// <summary>
/// The cluster's own split-brain resolver decides who is out, as Akka's does: it counts processes, a majority of them stays, and of two that do not
/// reach each other while others reach both, both go.
/// </summary>
internal sealed class CountProcesses : Breakage
{
    private const long StableAfter = 1500 * Scenario.Millisecond;
    private readonly Dictionary<NodeId, (string Picture, long Since)> _pictures = [];

    public override IReadOnlyCollection<NodeId> TakesOut(ClusterPart part, long now)
    {
        var gossip = part.Gossip;
        var members = gossip.Members.Where(n => gossip.Of(n) is Standing.Up or Standing.Leaving).ToList();
        var unreachable = members.FindAll(gossip.IsUnreachable);
        var picture = string.Join(',', unreachable);
        if (!_pictures.TryGetValue(part.Self, out var before) || before.Picture != picture)
        {
            _pictures[part.Self] = (picture, now);
            return [];
        }

        if (unreachable.Count == 0 || now - before.Since < StableAfter)
        {
            return [];
        }

        // Who is not reached by one and still talks to the others is connected indirectly.
        var indirectly = unreachable.FindAll(n => gossip.Reaches(part.Self, n) || n == part.Self);
        if (indirectly.Count > 0)
        {
            return indirectly;
        }

        var reachable = members.Except(unreachable).ToList();
        var stays = 2 * reachable.Count > members.Count || (2 * reachable.Count == members.Count && reachable.Contains(members.Min()));
        return stays ? unreachable : reachable;
    }
}

/// <summary>Any node may begin a room where it finds none.</summary>
internal sealed class AnybodyBegins : Breakage
{
    public override bool MayBegin => true;
}

/// <summary>Another incarnation at an address proves nothing.</summary>
internal sealed class OverlookReturns : Breakage
{
    public override bool TakesReturnForProof => false;
}
