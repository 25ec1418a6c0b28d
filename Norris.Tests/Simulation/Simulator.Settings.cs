using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>People change the room's name and topic, often several at once.</summary>
public sealed partial class Simulator
{
    /// <summary>How often somebody who has said something changes a setting of the room.</summary>
    private const int ChangesPermille = 20;

    private static readonly string[] s_topics = ["", "lunch", "tea", "Küche", "20", "200", "not a\ttopic"];

    private void ChangeRoom(SimulatedProcess process, SimulatedUser user)
    {
        if (process.Node is { Runs: true, Replica.Room: { } room } node && user.Machine.IsHere)
        {
            var setting = _dice.Of<RoomSettingKind>(Enum.GetValues<RoomSettingKind>());
            var effects = Borrow();
            process.Wishes.Ask(new RoomChanged(user.Machine.User, setting, _dice.Of<string>(s_topics), room.Settings.Of(setting).Since), process.Now(_time.Now), effects);
            Perform(node, effects);
        }
    }

    private void FollowSettings(SimulatedNode node, Effect effect)
    {
        switch (effect)
        {
            case Deliver { Record.Entry: RoomChanged change }:
                var effects = Borrow();
                node.Process.Wishes.Delivered(change, effects);
                Perform(node, effects);
                break;
            case RoomChangeAnswered e:
                Statistics.Count(e.WhyNot is null ? Fault.SettingChanged : Fault.SettingLate);
                break;
        }
    }
}
