using System.Diagnostics;
using System.Globalization;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>
/// <c>soak [--visits N] [--hosts N]</c>: one room of three nodes, in which visitors come, say one thing and leave, and the host changes again and again; the real
/// machines, no faults. What must stay bounded is what a room keeps of those who are gone.
/// </summary>
public static class SoakCommand
{
    private const string Usage = """
        usage: soak [--visits N] [--hosts N]
        One room of three nodes, in which visitors come, say one thing and leave, and the host changes again and again. What a room keeps of those who are gone
        has to stay bounded, nobody is refused, and nothing comes twice.

          --visits N    so many visits (default 1,000,000)
          --hosts N     so many changes of host (default 100,000)

        example: soak --visits 10000 --hosts 1000
        exit codes: 0 all is well, 2 wrong usage; a broken promise ends it with what was broken
        """;

    public static int Run(string[] args, TextWriter output)
    {
        long visits = 1_000_000, hosts = 100_000;
        for (var i = 0; i < args.Length; i += 2)
        {
            switch (args[i])
            {
                case "--visits" when long.TryParse(args.ElementAtOrDefault(i + 1), NumberStyles.None, CultureInfo.InvariantCulture, out visits):
                case "--hosts" when long.TryParse(args.ElementAtOrDefault(i + 1), NumberStyles.None, CultureInfo.InvariantCulture, out hosts):
                    break;
                default:
                    output.WriteLine(Usage);
                    return args[i] == "--help" ? 0 : 2;
            }
        }

        var soak = new Soak();
        soak.Run(visits, hosts, output);
        return 0;
    }

    /// <summary>Throws <see cref="ViolationException"/> where somebody is refused, something comes twice or is lost, or memory grows.</summary>
    public sealed class Soak
    {
        private static readonly ProtocolOptions Options = new();
        private readonly List<NodeId> _nodes = [.. Enumerable.Range(0, 3).Select(i => new NodeId(((char)('A' + i)).ToString(), i + 1))];
        private readonly Dictionary<NodeId, Replica> _replicas;
        private readonly Queue<(NodeId From, NodeId To, Message Message)> _network = new();
        private readonly Dictionary<UserId, long> _heard = [];
        private Sequencer _sequencer;
        private NodeId _host;
        private UserMachine? _visitor;
        private NodeId _visits;
        private long _at;
        private long _delivered;

        public Soak()
        {
            _replicas = _nodes.ToDictionary(n => n, n => new Replica(n, Options));
            _host = _nodes[0];
            _sequencer = new Sequencer(_host, Options, new RoomId(1));
            See();
            foreach (var node in _nodes)
            {
                Do(node, e => _replicas[node].Join(Now, e));
                PassTime(() => _replicas[node].Room is not null);
            }
        }

        private Now Now => new(_at, 1_700_000_000_000 + _at);

        public void Run(long visits, long hosts, TextWriter output)
        {
            var watch = Stopwatch.StartNew();
            var every = Math.Max(1, visits / Math.Max(1, hosts));
            long before = 0;
            for (long i = 0; i < visits; i++)
            {
                Visit(i);
                if (i % every == 0)
                {
                    ChangeHost();
                }

                // The table of who has left is full by then.
                if (i + 1 == Math.Min(visits, 10_000) || i + 1 == visits || (i + 1) % Math.Max(1, visits / 10) == 0)
                {
                    var memory = GC.GetTotalMemory(forceFullCollection: true);
                    before = before == 0 && i + 1 >= 10_000 ? memory : before;
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1:N0} visits, epoch {_sequencer.Epoch}, {_delivered:N0} delivered, {memory / 1024:N0} KiB, {watch.Elapsed.TotalSeconds:F0} s"));
                    Require(before == 0 || memory < (2 * before) + (8 << 20), $"{memory} bytes after {i + 1} visits, {before} after 10,000");
                }
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{visits:N0} visits and {visits / every:N0} changes of host: nothing refused, nothing twice, nothing lost"));
        }

        private static void Require(bool holds, string what)
        {
            if (!holds)
            {
                throw new ViolationException("soak", what);
            }
        }

        private void Visit(long i)
        {
            _visits = _nodes[(int)(i % _nodes.Count)];
            var visitor = _visitor = new UserMachine(new UserId((ulong)i + 1), "visitor", default, Options);
            _heard.Clear();
            Do(_visits, e => visitor.LogStarted(_visits, _replicas[_visits].Room!.Snapshot(), Now, e));
            PassTime(() => visitor.IsHere);
            Require(visitor.TrySubmit(Encoding.UTF8.GetBytes("hello"), _at) is not null, "a message was refused");
            Do(_visits, e => visitor.Drained(Now, e));
            Do(_visits, e => visitor.Leave(Now, e));
            PassTime(() => visitor.IsGone);
            Require(_heard.GetValueOrDefault(visitor.User) == _nodes.Count, $"the message of visit {i} was delivered {_heard.GetValueOrDefault(visitor.User)} times on {_nodes.Count} nodes");
        }

        private void ChangeHost()
        {
            var above = _sequencer.Epoch;
            _host = _nodes[(_nodes.IndexOf(_host) + 1) % _nodes.Count];
            _sequencer = new Sequencer(_host, Options, new RoomId(2), above, mayBegin: false);
            See();
            PassTime(() => _sequencer.IsReigning && _replicas.Values.All(r => r.Accepted == _sequencer.Epoch && r.Stable == _sequencer.Highest));
        }

        private void See()
        {
            var view = new ClusterView(new HashSet<NodeId>(_nodes), new HashSet<NodeId>()) { Oldest = _host };
            foreach (var replica in _replicas.Values)
            {
                replica.SetView(view, Now);
            }

            Do(_host, e => _sequencer.SetView(view, Now, e));
        }

        private void PassTime(Func<bool> isDone)
        {
            for (var ticks = 0; !isDone(); ticks++)
            {
                Require(ticks < 1000, "it does not go on");
                _at += 25;
                Do(_host, e => _sequencer.Tick(Now, e));
                foreach (var node in _nodes)
                {
                    Do(node, e => _replicas[node].Tick(Now, e));
                }

                Do(_visits, e => _visitor?.Tick(Now, e));
            }
        }

        private void Do(NodeId node, Action<List<Effect>> step)
        {
            var effects = new List<Effect>();
            step(effects);
            Perform(node, effects);
            while (_network.TryDequeue(out var next))
            {
                effects.Clear();
                if (next.Message is ToReplicaMessage m)
                {
                    _replicas[next.To].Handle(next.From, m, Now, effects);
                    _replicas[next.To].Drained(Now, effects);
                    Perform(next.To, effects);
                }
                else if (next.To == _host)
                {
                    _sequencer.Handle(next.From, (ToSequencerMessage)next.Message, Now, effects);
                    _sequencer.Drained(Now, effects);
                    Perform(_host, effects);
                }
            }
        }

        private void Perform(NodeId node, List<Effect> effects)
        {
            foreach (var effect in effects.ToList())
            {
                switch (effect)
                {
                    case Send e:
                        _network.Enqueue((node, e.To, e.Message));
                        break;
                    case SendToSequencer e:
                        _network.Enqueue((node, _host, e.Message));
                        break;
                    case Publish e:
                        _nodes.ForEach(n => _network.Enqueue((node, n, e.Batch)));
                        break;
                    case Deliver e:
                        _delivered++;
                        if (e.Record.Entry is Said said)
                        {
                            _heard[said.Block.User] = _heard.GetValueOrDefault(said.Block.User) + 1;
                        }

                        if (node == _visits && _visitor is { } visitor && e.Record.Entry.About == visitor.User)
                        {
                            Do(node, x => visitor.Delivered(e.Record, Now, x));
                        }

                        break;
                    case RefuseUser or Refused or Diverged or Excluded or TakeOut or NoRoomHere:
                        throw new ViolationException("soak", Trace.Of(effect));
                }
            }
        }
    }
}
