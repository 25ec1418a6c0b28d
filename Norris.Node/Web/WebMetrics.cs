using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Norris.Actors;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>
/// What <c>/metrics</c> says: the room as the node sees it, the library's counters and the web's own, in Prometheus' text format 0.0.4.
/// </summary>
internal sealed class WebMetrics : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _library = new();
    private readonly ConcurrentDictionary<Instrument, long> _counted = new();
    private long _accepted;
    private long _refused;
    private long _dropped;

    public WebMetrics()
    {
        _library.SetMeasurementEventCallback<long>((counter, count, _, _) => _counted.AddOrUpdate(counter, count, (_, before) => before + count));
        _library.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == NorrisDiagnostics.MeterName && instrument is Counter<long>)
            {
                _counted.TryAdd(instrument, 0);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        NorrisDiagnostics.Start();
        _library.Start();
    }

    public void Dispose() => _library.Dispose();

    public void Posted(SayResult result) => Interlocked.Increment(ref result.Id is null ? ref _refused : ref _accepted);

    public void Dropped() => Interlocked.Increment(ref _dropped);

    public string Text(RoomView view, int streams, int guests)
    {
        var text = new StringBuilder();
        Gauge(text, "norris_connected", "1 while this node is with the majority.", view.Connection == ConnectionState.Connected ? 1 : 0);
        Gauge(text, "norris_epoch", "The reign of the present host.", view.Epoch);
        Gauge(text, "norris_delivered_seq", "The last sequence number delivered here.", view.Seq);
        Gauge(text, "norris_stable_seq", "The last sequence number that a majority holds, as known here.", view.Stable);
        Gauge(text, "norris_highest_seq", "The last sequence number given, as known here.", view.Highest);
        Gauge(text, "norris_pending_messages", "Own messages that are not in the order yet.", view.Pending);
        Gauge(text, "norris_outbox_bytes", "What those take.", view.OutboxBytes);
        foreach (var (counter, count) in _counted.OrderBy(c => c.Key.Name, StringComparer.Ordinal))
        {
            Counter(text, $"{counter.Name.Replace('.', '_')}_total", counter.Description ?? "", count);
        }

        Gauge(text, "norris_nodes", "Nodes in the room.", view.Nodes.Count);
        Gauge(text, "norris_users", "Users in the room.", view.Users.Count);
        PerNode("norris_node_lag_entries", "Entries that a node is behind.", node => node.Lag);
        PerNode("norris_node_reachable", "1 where this node's failure detector hears it.", node => node.Reachable ? 1 : 0);
        PerNode("norris_node_is_host", "1 for the node that is host.", node => node.IsHost ? 1 : 0);

        if (view.Failovers is [.., var last])
        {
            Gauge(text, "norris_last_failover_seconds", "For how long nothing was delivered here when the host changed last.", last.Seconds);
        }

        Gauge(text, "norris_web_streams", "Open event streams.", streams);
        Gauge(text, "norris_web_guests", "Browsers with a user of their own.", guests);
        Counter(text, "norris_web_messages_accepted_total", "Messages taken over HTTP.", Interlocked.Read(ref _accepted));
        Counter(text, "norris_web_messages_refused_total", "Messages refused over HTTP by the outbox or the room.", Interlocked.Read(ref _refused));
        Counter(text, "norris_web_streams_dropped_total", "Event streams dropped since nobody read them.", Interlocked.Read(ref _dropped));
        return text.ToString();

        void PerNode(string name, string help, Func<NodeView, long> value)
        {
            Head(text, name, help, "gauge");
            foreach (var node in view.Nodes)
            {
                text.Append(name).Append("{node=\"").Append(Label(node.Node)).Append("\"} ").Append(Number(value(node))).Append('\n');
            }
        }
    }

    private static void Gauge(StringBuilder text, string name, string help, double value) => One(text, name, help, "gauge", value);

    private static void Counter(StringBuilder text, string name, string help, double value) => One(text, name, help, "counter", value);

    private static void One(StringBuilder text, string name, string help, string type, double value)
    {
        Head(text, name, help, type);
        text.Append(name).Append(' ').Append(Number(value)).Append('\n');
    }

    private static void Head(StringBuilder text, string name, string help, string type) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Label(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
