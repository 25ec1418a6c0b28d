using System.IO.Hashing;
using System.Text;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Tests.Session;

/// <summary>
/// A room without a cluster, for tests of screens: nodes and sessions in one process, and one lock that orders what they say. A node can be
/// killed, cut off and brought back, the ordering can be held up, an outbox can be full. Safe for several threads.
/// </summary>
internal sealed class FakeRoom(TimeProvider? time = null, ulong id = 0x4e6f727269730001)
{
    private readonly ulong _id = id;
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly List<FakeNode> _nodes = [];
    private readonly List<OrderedEvent> _log = [];
    private readonly List<FailoverView> _failovers = [];
    private readonly List<(FakeSession Session, MessageId Id, string Text, Relation? Relation, long SentAt)> _held = [];
    private ulong _hash = id;
    private ulong _users;
    private long _epoch;
    private bool _holding;
    private RoomSettings _settings = RoomSettings.None;

    internal Lock Gate { get; } = new();

    public long Seq => _log.Count;

    public IReadOnlyList<OrderedEvent> Log
    {
        get
        {
            lock (Gate)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Starts a node and its own user; the first one is host.</summary>
    /// <param name="readTo">What its user was shown in an earlier run.</param>
    public FakeNode Start(string address, string name, long readTo = 0)
    {
        lock (Gate)
        {
            var node = new FakeNode(this, address) { ReadTo = readTo };
            _nodes.Add(node);
            if (_nodes.Count == 1)
            {
                Order((s, e, h) => new HostEvent(s, e, h, address, false), newEpoch: true);
            }

            Order((s, e, h) => new NodeEvent(s, e, h, address, true, null));
            node.Own = Enter(node, new UserProfile(name, default));
            return node;
        }
    }

    /// <summary>A node's process dies; where it was host, another takes over and says how long that took.</summary>
    public void Kill(FakeNode node, double failoverSeconds = 2.4)
    {
        lock (Gate)
        {
            var wasHost = _nodes[0] == node;
            _nodes.Remove(node);
            node.Sessions.ForEach(s => s.End("the process died"));
            if (_nodes.Count == 0)
            {
                return;
            }

            if (wasHost)
            {
                Order((s, e, h) => new HostEvent(s, e, h, _nodes[0].Address, false), newEpoch: true);
                _failovers.Add(new FailoverView(_time.GetUtcNow(), failoverSeconds, node.Address, _nodes[0].Address, _epoch));
                _nodes.ForEach(n => n.Sessions.ForEach(s => s.Tell(new FailoverEvent(failoverSeconds, node.Address, _nodes[0].Address))));
            }

            foreach (var session in node.Sessions)
            {
                Order((s, e, h) => new LeftEvent(s, e, h, session.Name, node.Address, LeaveReason.Crashed, session.User));
            }

            Order((s, e, h) => new NodeEvent(s, e, h, node.Address, false, LeaveReason.Crashed));
        }
    }

    /// <summary>A node loses the majority: it gets nothing, and what its users say waits.</summary>
    public void CutOff(FakeNode node)
    {
        lock (Gate)
        {
            node.SetConnection(ConnectionState.CutOff, "no majority: 1 of 3 nodes reachable");
        }
    }

    /// <summary>A node is back, and catches up.</summary>
    public void Heal(FakeNode node)
    {
        lock (Gate)
        {
            node.SetConnection(ConnectionState.Connected, "");
            foreach (var missed in _log.Skip((int)node.Seq).ToList())
            {
                node.Deliver(missed);
            }

            Flush();
        }
    }

    /// <summary>What was ordered from a number on is in no order that goes on.</summary>
    public void TakeBack(long first)
    {
        lock (Gate)
        {
            var retracted = new RetractedEvent(first, Seq);
            _log.RemoveRange((int)first - 1, _log.Count - (int)first + 1);
            _hash = _log.Count == 0 ? _id : _log[^1].Hash;
            _nodes.ForEach(node => node.TakeBack(retracted));
        }
    }

    /// <summary>Nothing that is said is ordered until <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (Gate)
        {
            _holding = true;
        }
    }

    public void Release()
    {
        lock (Gate)
        {
            _holding = false;
            Flush();
        }
    }

    /// <summary>What was said and not ordered is lost, as with the process that held it.</summary>
    public void Forget()
    {
        lock (Gate)
        {
            _held.ForEach(h => h.Session.Pending--);
            _held.Clear();
        }
    }

    internal FakeSession Enter(FakeNode node, UserProfile profile)
    {
        lock (Gate)
        {
            var session = new FakeSession(this, node, new UserId(0xa11ce000 + ++_users));
            node.Sessions.Add(session);
            Name(session, profile.Name);
            return session;
        }
    }

    internal void Name(FakeSession session, string wanted)
    {
        lock (Gate)
        {
            if (wanted == "root")
            {
                session.Tell(new RefusedEvent(wanted, "this name is not given to anyone"));
                return;
            }

            wanted = wanted.Length == 0 ? Names.MakeUp(session.User) : wanted;
            session.Name = Names.FirstFree(wanted, name => Everyone().Any(s => s != session && Names.Key(s.Name) == Names.Key(name)));
            Order((s, e, h) => new JoinedEvent(s, e, h, session.Name, session.Node.Address, session.User), session.Welcome);
        }
    }

    internal SayResult Say(FakeSession session, string text, Relation? relation)
    {
        lock (Gate)
        {
            if (session.OutboxIsFull)
            {
                return new SayResult(null, "the outbox is full", Retry: true);
            }

            if (text.Contains('\0', StringComparison.Ordinal))
            {
                return new SayResult(null, "a message has no NUL in it");
            }

            if (relation is not null && Relation.WhyNot(relation, Encoding.UTF8.GetBytes(text), session.User) is { } whyNot)
            {
                return new SayResult(null, whyNot);
            }

            var id = new MessageId(session.User, ++session.Counter);
            session.Pending++;
            _held.Add((session, id, text, relation, _time.GetUtcNow().ToUnixTimeMilliseconds()));
            Flush();
            return new SayResult(id, null);
        }
    }

    internal void Leave(FakeSession session)
    {
        lock (Gate)
        {
            if (session.Node.Sessions.Remove(session))
            {
                Order((s, e, h) => new LeftEvent(s, e, h, session.Name, session.Node.Address, LeaveReason.Left, session.User));
                session.End("left");
            }
        }
    }

    internal RoomView View(FakeSession session)
    {
        lock (Gate)
        {
            var me = session.Node;
            var connected = me.Connection == ConnectionState.Connected;
            return new RoomView(
                _id.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
                me.Seq == 0 ? 0 : _log[(int)me.Seq - 1].Epoch,
                me.Seq,
                me.Seq == 0 ? _id : _log[(int)me.Seq - 1].Hash,
                _nodes.Count == 0 ? "" : _nodes[0].Address,
                me.Address,
                session.Name,
                me.Connection,
                DeliveryLevel.Uniform,
                [.. _nodes.Select((n, i) => new NodeView(n.Address, i == 0, n == me, n == me || (connected && n.Connection == ConnectionState.Connected), n.Recording, n.Seq, Seq - n.Seq))],
                [.. Everyone().Select(s => new UserView(s.User, s.Name, s.Node.Address, s.Node == _nodes[0], s == session))],
                session.Pending,
                connected ? Seq : me.Seq,
                connected ? Seq : me.Seq,
                [.. _failovers])
            {
                Heard = session.Counter - session.Pending,
                IsPrivate = me.Circle is not null,
                Settings = _settings,
            };
        }
    }

    internal void Change(FakeSession by, RoomSettingKind setting, string text)
    {
        lock (Gate)
        {
            _settings = _settings.With(new RoomChanged(by.User, setting, text, default), new SequenceNumber(Seq + 1));
            Order((s, e, h) => new SettingEvent(s, e, h, by.Name, setting, text, by.User));
        }
    }

    private IEnumerable<FakeSession> Everyone() => _nodes.SelectMany(n => n.Sessions);

    private void Flush()
    {
        foreach (var said in _held.ToList())
        {
            if (!_holding && said.Session.Node.Connection == ConnectionState.Connected)
            {
                _held.Remove(said);
                said.Session.Pending--;
                Order((s, e, h) => new SaidEvent(s, e, h, said.Id, said.Session.Name, said.Text, said.SentAt, _time.GetUtcNow().ToUnixTimeMilliseconds()) { Relation = said.Relation });
            }
        }
    }

    /// <summary>Something is told of the circle.</summary>
    internal void TellOfCircle(CircleChange change, string device, string by, string name, string invite)
    {
        lock (Gate)
        {
            Order((s, e, h) => new CircleEvent(s, e, h, change, device, by, name, invite));
        }
    }

    private void Order(Func<long, long, ulong, OrderedEvent> entry, Action<OrderedEvent>? before = null, bool newEpoch = false)
    {
        _epoch += newEpoch ? 1 : 0;
        _hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{entry(Seq + 1, _epoch, 0)}"), (long)_hash);
        var ordered = entry(Seq + 1, _epoch, _hash);
        _log.Add(ordered);
        before?.Invoke(ordered);
        foreach (var node in _nodes.Where(n => n.Connection == ConnectionState.Connected))
        {
            node.Deliver(ordered);
        }
    }
}

internal sealed class FakeNode(FakeRoom room, string address) : IChatNode
{
    public string Address => address;

    public IChatSession Own { get; internal set; } = null!;

    public bool Recording { get; set; }

    /// <summary>Who belongs together; null: the room is open.</summary>
    public FakeCircle? Circle { get; set; }

    public GuestLinks? GuestLinks { get; set; }

    /// <summary>The last entry this node has delivered.</summary>
    public long Seq { get; private set; }

    public ConnectionState Connection { get; private set; }

    internal long ReadTo { get; init; }

    internal List<FakeSession> Sessions { get; } = [];

    public FakeSession OwnFake => (FakeSession)Own;

    public IChatSession OpenUser(UserProfile profile) => room.Enter(this, profile);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal void Deliver(OrderedEvent ordered)
    {
        Seq = ordered.Seq;
        Sessions.ForEach(s => s.Tell(ordered));
    }

    internal void TakeBack(RetractedEvent retracted)
    {
        Seq = retracted.First - 1;
        Sessions.ForEach(s => s.Tell(retracted));
    }

    internal void SetConnection(ConnectionState state, string why)
    {
        Connection = state;
        Sessions.ForEach(s => s.Tell(new ConnectionEvent(state, why)));
    }
}
