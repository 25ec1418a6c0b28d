using System.Text;
using Norris.Core.Protocol;

namespace Norris.Tests.ModelCheck;

/// <summary>A message on its way.</summary>
internal sealed record Letter(NodeId From, Message Message)
{
    public ulong Fingerprint { get; } = Copies.Mix(Copies.Fingerprint(From), Copies.Fingerprint(Message));
}

/// <summary>What goes out after a step: to a node; or, where <see cref="To"/> is null, to everybody (a batch) or to wherever the sequencer is (all others).</summary>
internal sealed record Post(NodeId? To, Letter Letter)
{
    public bool IsForEverybody => To is null && Letter.Message is Ordered;
}

/// <summary>A replica and its node's one user: what the node's replica delivers, its user is told at once.</summary>
internal sealed record Seat(Replica Replica, UserMachine User);

/// <summary>A machine in one state. It is never touched again: a step is made by a copy.</summary>
internal sealed record Part(NodeId Node, object Machine)
{
    public ulong Fingerprint { get; } = Copies.Fingerprint(Machine);

    public Seat Seat => (Seat)Machine;

    public Sequencer Sequencer => (Sequencer)Machine;
}

/// <summary>What happens to a machine.</summary>
internal abstract record Input
{
    /// <summary>Somebody's message arrives, and nothing else is in the mailbox.</summary>
    public sealed record Receive(Letter Letter) : Input;

    public sealed record Tick : Input;

    public sealed record See(Sight Sight) : Input;

    public sealed record Say(string Text) : Input;

    public sealed record Join : Input;

    public sealed record Leave : Input;

    public ulong Fingerprint => this switch
    {
        Receive r => r.Letter.Fingerprint,
        See s => Copies.Mix(2, s.Sight.Fingerprint),
        Say s => Copies.Mix(3, Copies.Fingerprint(s.Text)),
        Tick => 4,
        Join => 5,
        _ => 6,
    };
}

/// <summary>What comes of a step: the machine after it, what it sends, and what its node's users and the checker get to see.</summary>
internal sealed record StepResult(Part Next, IReadOnlyList<Post> Posts, IReadOnlyList<Effect> Events);

/// <summary>
/// Makes steps of machines. The same machine in the same state, with the same input at the same time, does the same: so each such step is made once, and
/// looked up when another order of events comes by it again. That is what makes exploring quick: whole rooms have far more states than their machines.
/// </summary>
internal sealed class Stepper
{
    private const int MostRemembered = 3_000_000;
    private readonly Dictionary<(ulong Part, ulong Input, long Time), StepResult> _made = [];

    /// <summary>How many different steps were made.</summary>
    public long Made { get; private set; }

    public StepResult Step(Part part, Input input, long time)
    {
        var key = (part.Fingerprint, input.Fingerprint, time);
        if (!_made.TryGetValue(key, out var outcome))
        {
            if (_made.Count >= MostRemembered)
            {
                _made.Clear();
            }

            Made++;
            _made.Add(key, outcome = Make(part, input, new Now(time, 1_700_000_000_000 + time)));
        }

        return outcome;
    }

    private static StepResult Make(Part part, Input input, Now now)
    {
        var machine = Copies.Of(part.Machine);
        var posts = new List<Post>();
        var events = new List<Effect>();
        var effects = new List<Effect>();
        if (machine is Seat seat)
        {
            Run(seat, input, now, effects);
            Perform(part.Node, seat, effects, now, posts, events);
        }
        else
        {
            Run((Sequencer)machine, input, now, effects);
            Perform(part.Node, null, effects, now, posts, events);
        }

        return new StepResult(new Part(part.Node, machine), posts, events);
    }

    private static void Run(Sequencer sequencer, Input input, Now now, List<Effect> effects)
    {
        switch (input)
        {
            case Input.Receive { Letter: var letter }:
                sequencer.Handle(letter.From, (ToSequencerMessage)letter.Message, now, effects);
                sequencer.Drained(now, effects);
                break;
            case Input.See see:
                sequencer.SetView(see.Sight.View, now, effects);
                break;
            case Input.Tick:
                sequencer.Tick(now, effects);
                break;
        }
    }

    private static void Run(Seat seat, Input input, Now now, List<Effect> effects)
    {
        switch (input)
        {
            case Input.Receive { Letter: var letter }:
                seat.Replica.Handle(letter.From, (ToReplicaMessage)letter.Message, now, effects);
                seat.Replica.Drained(now, effects);
                break;
            case Input.See see:
                Surroundings.Tell(seat.Replica, see.Sight.View, now);
                break;
            case Input.Tick:
                seat.Replica.Tick(now, effects);
                seat.User.Tick(now, effects);
                seat.User.Drained(now, effects);
                break;
            case Input.Say say:
                seat.User.TrySubmit(Encoding.UTF8.GetBytes(say.Text), now.Wall);
                seat.User.Drained(now, effects);
                break;
            case Input.Join:
                seat.Replica.Join(now, effects);
                break;
            case Input.Leave:
                seat.User.Leave(now, effects);
                seat.Replica.Leave(now, effects);
                break;
        }
    }

    private static void Perform(NodeId node, Seat? seat, List<Effect> effects, Now now, List<Post> posts, List<Effect> events)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Send e:
                    posts.Add(new Post(e.To, new Letter(node, e.Message)));
                    break;
                case Publish e:
                    posts.Add(new Post(null, new Letter(node, e.Batch)));
                    break;
                case SendToSequencer e:
                    // Straight to the host that the node follows; who follows none asks the cluster for the sequencer.
                    posts.Add(new Post(seat!.Replica.Host, new Letter(node, e.Message)));
                    break;
                default:
                    events.Add(effect);
                    var more = new List<Effect>();
                    Tell(node, seat, effect, now, more);
                    Perform(node, seat, more, now, posts, events);
                    break;
            }
        }
    }

    private static void Tell(NodeId node, Seat? seat, Effect effect, Now now, List<Effect> effects)
    {
        switch (effect)
        {
            case LogStarted e:
                seat!.User.LogStarted(node, e.Before, now, effects);
                break;
            case Deliver e when e.Record.Entry.About == seat!.User.User:
                seat.User.Delivered(e.Record, now, effects);
                break;
            case Excluded e:
                seat!.User.Excluded(e.At);
                break;
            case EpochAccepted:
                seat!.User.EpochAccepted(now, effects);
                break;
        }
    }
}
