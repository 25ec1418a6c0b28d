using Akka.Configuration;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>The settings in use: hocon/norris.hocon, section <c>norris</c>, and what an operator put over it.</summary>
public sealed record NorrisSettings(ProtocolOptions Protocol, long TickEvery)
{
    /// <summary>The shipped settings; each is explained in hocon/.</summary>
    public static Config Shipped() => Resource("norris").WithFallback(Resource("wire"));

    public static NorrisSettings From(Config config)
    {
        var c = config.GetConfig("norris") ?? throw new ConfigurationException("the settings have no section 'norris': add hocon/norris.hocon");
        long Ms(string key) => (long)c.GetTimeSpan(key).TotalMilliseconds;
        long Bytes(string key) => c.GetByteSize(key) ?? throw new ConfigurationException($"norris.{key} is not a size");
        var delivery = c.GetString("delivery");
        return new NorrisSettings(
            new ProtocolOptions
            {
                Delivery = Enum.TryParse<DeliveryLevel>(delivery, ignoreCase: true, out var level)
                    ? level
                    : throw new ConfigurationException($"norris.delivery is 'uniform' or 'agreed', not '{delivery}'"),
                GapTimeout = Ms("gap-timeout"),
                AskAgainAfter = Ms("ask-again-after"),
                ResubmitAfter = Ms("resubmit-after"),
                ProgressEvery = Ms("progress-every"),
                RecoveryGrace = Ms("recovery-grace"),
                NoMajorityAfter = Ms("no-majority-after"),
                TouchLostAfter = Ms("touch-lost-after"),
                HostSilentAfter = Ms("host-silent-after"),
                NodeSilentAfter = Ms("node-silent-after"),
                GhostTimeout = Ms("ghost-timeout"),
                RetainedBytes = Bytes("retained-bytes"),
                HeldBackBytes = Bytes("held-back-bytes"),
                OutboxBytes = Bytes("outbox-bytes"),
                OutboxWindowBytes = Bytes("outbox-window-bytes"),
            },
            Ms("tick"));
    }

    private static Config Resource(string name)
    {
        using var stream = typeof(NorrisSettings).Assembly.GetManifestResourceStream($"hocon/{name}.hocon")
            ?? throw new InvalidOperationException($"hocon/{name}.hocon is not in this build");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
