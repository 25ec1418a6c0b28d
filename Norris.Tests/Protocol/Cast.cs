using System.Text;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Protocol;

/// <summary>Who and what the stories are about.</summary>
internal static class Cast
{
    /// <summary>Nodes, in ascending order.</summary>
    public static readonly NodeId Ann = new("akka.tcp://norris@ann:4053", 1);
    public static readonly NodeId Bob = new("akka.tcp://norris@bob:4053", 2);
    public static readonly NodeId Cleo = new("akka.tcp://norris@cleo:4053", 3);
    public static readonly NodeId Dan = new("akka.tcp://norris@dan:4053", 4);

    public static readonly NodeId Eve = new("akka.tcp://norris@eve:4053", 5);

    public static readonly RoomId TheRoom = new(77);
    public static readonly UserId Zoe = new(7);
    public static readonly UserId Yan = new(8);

    public static readonly ProtocolOptions Options = new();

    public static RoomSnapshot NewRoom => RoomState.New(TheRoom, DeliveryLevel.Uniform, Ann);

    public static Now At(long milliseconds) => new(milliseconds, 1_700_000_000_000 + milliseconds);

    public static SequenceNumber Nr(long value) => new(value);

    public static SaidBlock Block(UserId user, long firstCounter, params string[] texts)
    {
        var builder = new SaidBlock.Builder(user, firstCounter);
        foreach (var text in texts)
        {
            builder.Add(Encoding.UTF8.GetBytes(text), At(0).Wall);
        }

        return builder.Seal()!;
    }

    public static ReadOnlyMemory<byte> Proof(string token, NodeId node, UserId user) => new OwnerKey(Encoding.UTF8.GetBytes(token)).Prove(TheRoom, node, user);

    public static LogRecord Record(long first, long epoch, Entry entry) => new(Nr(first), new Epoch(epoch), At(0).Wall, entry);

    /// <summary>A log of epoch 1 with these entries.</summary>
    public static Log LogOf(params IEnumerable<Entry> entries) => LogOf(NewRoom, entries);

    public static Log LogOf(RoomSnapshot from, params IEnumerable<Entry> entries)
    {
        var log = new Log(from);
        foreach (var entry in entries)
        {
            log.Append(Record(log.Received.Value + 1, 1, entry));
        }

        return log;
    }

    public static ClusterView View(params NodeId[] present) => new(present.ToHashSet(), new HashSet<NodeId>());

    /// <summary>What a machine wants done while time passes, with ten ticks a second.</summary>
    public static List<Effect> TimePasses(Action<Now, List<Effect>> tick, long from, long until)
    {
        var effects = new List<Effect>();
        for (var at = from + 100; at <= until; at += 100)
        {
            tick(At(at), effects);
        }

        return effects;
    }

    /// <summary>What a step of a machine wants done.</summary>
    public static List<Effect> Step(Action<List<Effect>> step)
    {
        var effects = new List<Effect>();
        step(effects);
        return effects;
    }

    /// <summary>The messages of a kind among them that go to a node.</summary>
    public static List<T> SentTo<T>(this IEnumerable<Effect> effects, NodeId node)
        where T : Message => [.. effects.OfType<Send>().Where(s => s.To == node).Select(s => s.Message).OfType<T>()];
}
