using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts; what the others send her is written down by the spec.</summary>
public abstract class AnnsReign
{
    private protected readonly Sequencer _ann;
    private protected readonly Log _annsLog;
    private protected long _at;

    protected AnnsReign(ProtocolOptions? options = null, HomeCircle? home = null)
    {
        _ann = new Sequencer(Ann, options ?? Options, TheRoom, home: home);
        _annsLog = new Log(RoomState.New(RoomPlace.Beginning(TheRoom), DeliveryLevel.Uniform, Ann, home));
    }

    private protected List<Effect> PassTime(long milliseconds)
    {
        var effects = new List<Effect>();
        for (var until = _at + milliseconds; _at < until;)
        {
            _at += 100;
            effects.AddRange(Step(e => _ann.Tick(At(_at), e)));
        }

        return effects;
    }

    private protected static IEnumerable<MemberAcks> Reports(IEnumerable<Effect> effects) =>
        effects.SentTo<Progress>(Bob).Select(p => p.Acks).OfType<MemberAcks>();

    private protected static List<LogRecord> Published(IEnumerable<Effect> effects) => [.. effects.OfType<Publish>().SelectMany(p => p.Batch.Records)];

    private protected void Found()
    {
        See(Ann);
        Note(Do(Ann, new Promise(new Epoch(1), RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default)));
        Drain();
        Ack(Ann);
        Drain();
    }

    private protected List<Effect> LetIn(NodeId node)
    {
        See(Ann, node);
        Do(node, new JoinRequest(1));
        return Drain();
    }

    private protected void BringIn(UserId user, string name)
    {
        Do(Ann, new UserJoinRequest(user, name, default, 1));
        Drain();
    }

    /// <summary>Ann and another have everything.</summary>
    private protected void Settle(NodeId other)
    {
        Ack(Ann);
        Ack(other);
        Drain();
    }

    private protected void See(params NodeId[] present) => Note(Step(e => _ann.SetView(View(present), At(_at), e)));

    private protected List<Effect> Do(NodeId from, ToSequencerMessage message) => Note(Step(e => _ann.Handle(from, message, At(_at), e)));

    private protected List<Effect> Drain() => Note(Step(e => _ann.Drained(At(_at), e)));

    private protected void Ack(NodeId from, int life = 1) => Do(from, new Ack(_ann.Epoch, life, _annsLog.Received, _annsLog.Hash, At(_at), default));

    /// <summary>Ann's own log holds what was published, so that acknowledgements bear the right hash.</summary>
    private protected List<Effect> Note(List<Effect> effects)
    {
        foreach (var record in Published(effects).Where(r => r.First == _annsLog.Received.Next))
        {
            _annsLog.Append(record);
        }

        return effects;
    }
}
