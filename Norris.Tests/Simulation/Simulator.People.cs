using System.Diagnostics;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>People sit down, talk and leave.</summary>
public sealed partial class Simulator
{
    /// <summary>How often somebody who has said something takes another name.</summary>
    private const int RenamesPermille = 30;

    /// <summary>How often a message is about another one.</summary>
    private const int RelationsPermille = 300;

    /// <summary>Replies and reactions are about one of so many that were said last.</summary>
    private const int LatelySaid = 20;

    private readonly List<MessageId> _said = [];

    private static readonly string[] s_names = ["Ann", "ann", "ANN", "Bob", "Bob-2", "", "Zoë", "Ａｎｎ", "not a\tname", "Mary Ann", "ﬁne", "Dora"];

    private void Rename(SimulatedProcess process, SimulatedUser user)
    {
        if (process.Node is { Runs: true } node)
        {
            var effects = Borrow();
            user.Machine.AskFor(_dice.Of<string>(s_names), process.Now(_time.Now), effects);
            Perform(node, effects);
        }
    }

    private void AddUser(SimulatedProcess process, byte[]? token = null)
    {
        token ??= _dice.Permille(500) ? [(byte)_dice.Below(4), 1, 2, 3] : [];
        var machine = new UserMachine(new UserId(_dice.Next()), _dice.Of<string>(s_names), token, _options);
        var user = new SimulatedUser(machine, token);
        process.Users.Add(user);
        _trace.Line(_time.Now, process.Address, $"{Trace.Of(machine.User)} sits down");
        if (process.Node is { Runs: true, Replica.Room: { } room } node)
        {
            var effects = Borrow();
            machine.LogStarted(node.Id, room.Snapshot(), process.Now(_time.Now), effects);
            Perform(node, effects);
        }

        SayLater(process, user);
    }

    private void SayLater(SimulatedProcess process, SimulatedUser user) =>
        _time.After(_dice.Between(1, 2 * _scenario.SayEvery), () =>
        {
            var isOver = _calm && _time.Now > _scenario.Trouble + SayingLasts;
            if (!process.IsAlive || user.IsLeaving || isOver)
            {
                return;
            }

            if (!process.IsPaused)
            {
                Say(process, user, 1);
                if (_dice.Permille(RenamesPermille))
                {
                    Rename(process, user);
                }

                if (_dice.Permille(ChangesPermille))
                {
                    ChangeRoom(process, user);
                }
            }

            SayLater(process, user);
        });

    private void Say(SimulatedProcess process, SimulatedUser user, int count)
    {
        var now = process.Now(_time.Now);
        for (var i = 0; i < count; i++)
        {
            var text = Encoding.UTF8.GetBytes($"{user.Said}: {new string("aß水😀"[_dice.Below(3)], _dice.Permille(30) ? _dice.Below(4000) : _dice.Below(12))}");
            var relation = AnyRelation(user);
            text = relation?.Kind switch { RelationKind.Deletion => [], RelationKind.Reaction => [.. "👍"u8], _ => text };
            if (user.Machine.TrySubmit(text, now.Wall, relation) is { } id)
            {
                Debug.Assert(id.User == user.Machine.User, "A user's message bears the user's id.");
                user.Said++;
                Statistics.Submitted++;
                _checker.Accepted(id, text, relation);
                _said.Add(id);
            }
            else
            {
                Statistics.Refused++;
            }
        }

        if (!user.FlushPlanned)
        {
            user.FlushPlanned = true;
            _time.After(_dice.Between(1, 50), () =>
            {
                user.FlushPlanned = false;
                if (process is { IsAlive: true, IsPaused: false, Node: { Runs: true } node })
                {
                    var effects = Borrow();
                    user.Machine.Drained(process.Now(_time.Now), effects);
                    Perform(node, effects);
                }
            });
        }
    }

    /// <summary>Some messages are about others. Drawn apart, so that the seeds' other draws stay what they were before there were relations.</summary>
    private Relation? AnyRelation(SimulatedUser user)
    {
        var dice = new Dice(user.Machine.User.Value + (ulong)user.Said);
        if (user.Said == 0 || !dice.Permille(RelationsPermille))
        {
            return null;
        }

        var kind = dice.Of<RelationKind>([RelationKind.Reply, RelationKind.Edit, RelationKind.Deletion, RelationKind.Reaction]);
        return new Relation(kind, Relation.IsOwn(kind) ? new MessageId(user.Machine.User, dice.Between(1, user.Said)) : _said[^(1 + dice.Below(Math.Min(_said.Count, LatelySaid)))]);
    }

    private void BeginLeaving(SimulatedProcess process)
    {
        process.LeavingSince = _time.Now;
        _trace.Line(_time.Now, process.Address, "wants to leave");
        foreach (var user in process.Users)
        {
            LeaveUser(process, user);
        }
    }

    private void LeaveUser(SimulatedProcess process, SimulatedUser user)
    {
        user.IsLeaving = true;
        if (process.Node is { Runs: true } node)
        {
            var effects = Borrow();
            user.Machine.Leave(process.Now(_time.Now), effects);
            Perform(node, effects);
        }
    }
}
