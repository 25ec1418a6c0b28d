using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>What somebody says who wants to do harm. Who it is, the connection has proved: it cannot speak as another.</summary>
internal static class Liar
{
    /// <summary>What it calls users that it enters. As a member it may have some, at its own node; as a stranger it may not.</summary>
    public const string User = "mallory";

    /// <summary>It reaches every node's port, and is no member of the cluster.</summary>
    public static NodeId Stranger { get; } = new("Z", 666);

    /// <summary>Anything at all, as near to the truth as somebody who listens could make it.</summary>
    public static Message AsAStranger(Dice dice, SimulatedNode victim)
    {
        var replica = victim.Replica;
        var room = replica.Room;
        var epoch = new Epoch(replica.Accepted.Value + dice.Of<long>([0, 0, 1, 1000, 2_000_000]));
        var next = replica.Received.Next;
        var user = room?.Users.FirstOrDefault() is { } present ? present.User : new UserId(1);
        var words = SaidBlock.TryRead(user, (room?.LastCounter(user) ?? 0) + 1, 1, 0, new byte[] { 0, 1, (byte)'!' })!;
        var lie = new LogRecord(next, epoch, 0, new Said(words));
        return dice.Below(17) switch
        {
            0 => new Ordered(epoch, [lie], next, default),
            1 => new Progress(epoch, next + 5, next + 5, next),
            2 => new Page(epoch, room?.Snapshot(), [lie], next, next),
            3 => new NewEpoch(epoch, room?.Room ?? default, default, replica.Delivered, [], [victim.Id]),
            4 => new NewEpoch(epoch, new RoomId(666), default, default, [], [Stranger]),
            5 => new Prepare(epoch),
            6 => new Expelled(epoch, 0),
            7 => new JoinRefused("go away"),
            8 => new HostReport(victim.Oldest ?? victim.Id, true),
            9 => new Submit(words),
            10 => new UserLeaveRequest(user),
            11 => new Ack(epoch, 1, replica.Received, 666, default, default),
            12 => new JoinRequest(1),
            13 => new UserJoinRequest(user, User, default, 1),
            14 => new Promise(victim.Sequencer?.Epoch ?? epoch, new RoomId(666), default, epoch, next + 1000, next, [Stranger], default),
            15 => new EpochRefused(epoch),
            _ => new RecoveryPage(victim.Sequencer?.Epoch ?? epoch, null, [lie], next),
        };
    }

    /// <summary>What would end the order for good, from a node that has a say.</summary>
    public static Message AsAMember(Dice dice, SimulatedNode victim)
    {
        var last = new Epoch(Limits.HighestNumber - dice.Below(3));
        return dice.Below(8) switch
        {
            7 => new JoinRefused("go away"),
            6 => new UserRefused(victim.Process.Users.FirstOrDefault()?.Machine.User ?? default, "go away"),
            5 => new UserJoinRequest(victim.Process.Users.FirstOrDefault()?.Machine.User ?? default, User, default, 1),
            0 => new Prepare(last),
            1 => new EpochRefused(last),
            2 => new NewEpoch(last, victim.Replica.Room?.Room ?? default, default, victim.Replica.Delivered, [], [victim.Id]),
            3 => new Progress(last, default, default, default),
            _ => new Expelled(last, 0),
        };
    }
}
