using Akka.Configuration;
using Microsoft.Extensions.Options;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>
/// What may be set of a room on one node. What is not set is as in hocon/norris.hocon, where each has its reason; what stands in a section <c>norris</c> of the
/// actor system's settings wins over that, and what code sets wins over both.
/// </summary>
public sealed class NorrisOptions
{
    private static readonly ProtocolOptions Shipped = new();
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);

    /// <summary>By their names in settings.</summary>
    private static readonly Dictionary<string, Time> Times = new()
    {
        ["tick"] = new(o => o.Tick, (o, to) => o.Tick = to),
        ["gap-timeout"] = new(o => o.GapTimeout, (o, to) => o.GapTimeout = to),
        ["ask-again-after"] = new(o => o.AskAgainAfter, (o, to) => o.AskAgainAfter = to),
        ["resubmit-after"] = new(o => o.ResubmitAfter, (o, to) => o.ResubmitAfter = to),
        ["progress-every"] = new(o => o.ProgressEvery, (o, to) => o.ProgressEvery = to),
        ["recovery-grace"] = new(o => o.RecoveryGrace, (o, to) => o.RecoveryGrace = to),
        ["no-majority-after"] = new(o => o.NoMajorityAfter, (o, to) => o.NoMajorityAfter = to),
        ["touch-lost-after"] = new(o => o.TouchLostAfter, (o, to) => o.TouchLostAfter = to),
        ["host-silent-after"] = new(o => o.HostSilentAfter, (o, to) => o.HostSilentAfter = to),
        ["node-silent-after"] = new(o => o.NodeSilentAfter, (o, to) => o.NodeSilentAfter = to),
        ["ghost-timeout"] = new(o => o.GhostTimeout, (o, to) => o.GhostTimeout = to),
    };

    private static readonly Dictionary<string, Size> Sizes = new()
    {
        ["retained-bytes"] = new(o => o.RetainedBytes, (o, to) => o.RetainedBytes = to, Limits.PageBytes),
        ["held-back-bytes"] = new(o => o.HeldBackBytes, (o, to) => o.HeldBackBytes = to, Limits.PageBytes),
        ["outbox-bytes"] = new(o => o.OutboxBytes, (o, to) => o.OutboxBytes = to, Limits.BlockBytes),
        ["outbox-window-bytes"] = new(o => o.OutboxWindowBytes, (o, to) => o.OutboxWindowBytes = to, Limits.BlockBytes),
    };

    /// <summary>Whether the node joins the room at once; otherwise with <see cref="NorrisRoom.JoinAsync"/>. In code only.</summary>
    public bool JoinsAtOnce { get; set; } = true;

    /// <summary>When an ordered message is handed to the users. The node that starts the room decides for all.</summary>
    public DeliveryLevel Delivery { get; set; } = Shipped.Delivery;

    /// <summary>How often the node looks at the clock while something is under way: all other times are as exact as this.</summary>
    public TimeSpan Tick { get; set; } = Ms(25);

    /// <summary>How long a gap in the numbers may stay open before the missing entries are asked for.</summary>
    public TimeSpan GapTimeout { get; set; } = Ms(Shipped.GapTimeout);

    /// <summary>How long what was asked for may take before it is asked for again: a few round trips.</summary>
    public TimeSpan AskAgainAfter { get; set; } = Ms(Shipped.AskAgainAfter);

    /// <summary>How long a message may wait for its place without any progress before it is handed over again.</summary>
    public TimeSpan ResubmitAfter { get; set; } = Ms(Shipped.ResubmitAfter);

    /// <summary>How often the host says where the order stands, and each member with it.</summary>
    public TimeSpan ProgressEvery { get; set; } = Ms(Shipped.ProgressEvery);

    /// <summary>How long a recovery that has its majority waits for the others.</summary>
    public TimeSpan RecoveryGrace { get; set; } = Ms(Shipped.RecoveryGrace);

    /// <summary>How long a host goes without a majority before it stops numbering and recovers again.</summary>
    public TimeSpan NoMajorityAfter { get; set; } = Ms(Shipped.NoMajorityAfter);

    /// <summary>How long a member hears nothing of the host before its users are told.</summary>
    public TimeSpan TouchLostAfter { get; set; } = Ms(Shipped.TouchLostAfter);

    /// <summary>How long a member hears nothing of the host before it asks the others, who may then take the host out.</summary>
    public TimeSpan HostSilentAfter { get; set; } = Ms(Shipped.HostSilentAfter);

    /// <summary>How long the host hears nothing of a node before it takes it out.</summary>
    public TimeSpan NodeSilentAfter { get; set; } = Ms(Shipped.NodeSilentAfter);

    /// <summary>How long a session shows no life before its owner's next one takes the name over.</summary>
    public TimeSpan GhostTimeout { get; set; } = Ms(Shipped.GhostTimeout);

    /// <summary>What is kept for members, and for readers, that are behind, in bytes.</summary>
    public long RetainedBytes { get; set; } = Shipped.RetainedBytes;

    /// <summary>What is held back of entries that came early, in bytes.</summary>
    public long HeldBackBytes { get; set; } = Shipped.HeldBackBytes;

    /// <summary>What a user's outbox takes before it refuses, in bytes.</summary>
    public long OutboxBytes { get; set; } = Shipped.OutboxBytes;

    /// <summary>How much of an outbox may be under way at once, in bytes.</summary>
    public long OutboxWindowBytes { get; set; } = Shipped.OutboxWindowBytes;

    /// <summary>What the section <c>norris</c> of an actor system's settings says.</summary>
    /// <exception cref="ConfigurationException">There is no such setting, or it cannot be what it is set to.</exception>
    public static NorrisOptions From(Config config)
    {
        var options = new NorrisOptions();
        var section = config.GetConfig("norris");
        foreach (var (key, value) in section is null || section.IsEmpty ? [] : section.AsEnumerable())
        {
            var text = value.ToString();
            if (key == "delivery")
            {
                options.Delivery = Enum.TryParse<DeliveryLevel>(section!.GetString(key), ignoreCase: true, out var level) && Enum.IsDefined(level)
                    ? level
                    : throw new ConfigurationException($"norris.delivery is 'uniform' or 'agreed', not '{text}'");
            }
            else if (Times.TryGetValue(key, out var time))
            {
                time.Set(options, Read(key, text, "a time, as 200ms or 2s", () => section!.GetTimeSpan(key)));
            }
            else if (Sizes.TryGetValue(key, out var size))
            {
                size.Set(options, Read(key, text, "a size, as 64 KiB", () => section!.GetByteSize(key) ?? throw new FormatException()));
            }
            else
            {
                throw new ConfigurationException($"norris.{key} is no setting: hocon/norris.hocon has them all");
            }
        }

        return options;
    }

    /// <summary>Looks whether these values make a room that works.</summary>
    /// <exception cref="OptionsValidationException">They do not; each failure is a sentence that names the setting.</exception>
    public void Validate()
    {
        var failures = Times.Where(time => time.Value.Get(this) < Ms(1)).Select(time => $"norris.{time.Key} is less than a millisecond")
            .Concat(Sizes.Where(size => size.Value.Get(this) < size.Value.Least).Select(size => $"norris.{size.Key} is less than {size.Value.Least:N0} bytes"))
            .ToList();
        Check(Enum.IsDefined(Delivery), "norris.delivery is neither uniform nor agreed");
        Check(Tick <= LongestTick, "norris.tick is more than a second");
        Check(NoMajorityAfter > Ms(Limits.TieAfter), $"norris.no-majority-after is not more than {Limits.TieAfter} ms: half of a membership would never decide alone");
        Check(TouchLostAfter > ProgressEvery, "norris.touch-lost-after is not more than norris.progress-every: the host would always be silent");
        Check(HostSilentAfter > ProgressEvery, "norris.host-silent-after is not more than norris.progress-every: the host would always be taken out");
        Check(NodeSilentAfter > ProgressEvery, "norris.node-silent-after is not more than norris.progress-every: everybody would be taken out");
        Check(OutboxWindowBytes <= OutboxBytes, "norris.outbox-window-bytes is more than norris.outbox-bytes");
        if (failures.Count > 0)
        {
            throw new OptionsValidationException("norris", typeof(NorrisOptions), failures);
        }

        void Check(bool holds, string failure)
        {
            if (!holds)
            {
                failures.Add(failure);
            }
        }
    }

    /// <summary>The same, as the machines take it.</summary>
    public ProtocolOptions ToProtocol() => new()
    {
        Delivery = Delivery,
        GapTimeout = Ms(GapTimeout),
        AskAgainAfter = Ms(AskAgainAfter),
        ResubmitAfter = Ms(ResubmitAfter),
        ProgressEvery = Ms(ProgressEvery),
        RecoveryGrace = Ms(RecoveryGrace),
        NoMajorityAfter = Ms(NoMajorityAfter),
        TouchLostAfter = Ms(TouchLostAfter),
        HostSilentAfter = Ms(HostSilentAfter),
        NodeSilentAfter = Ms(NodeSilentAfter),
        GhostTimeout = Ms(GhostTimeout),
        RetainedBytes = RetainedBytes,
        HeldBackBytes = HeldBackBytes,
        OutboxBytes = OutboxBytes,
        OutboxWindowBytes = OutboxWindowBytes,
    };

    private static TimeSpan Ms(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static long Ms(TimeSpan time) => (long)time.TotalMilliseconds;

    private static T Read<T>(string key, string text, string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or OverflowException or ConfigurationException)
        {
            throw new ConfigurationException($"norris.{key} is {what}, not '{text}'", e);
        }
    }

    private sealed record Time(Func<NorrisOptions, TimeSpan> Get, Action<NorrisOptions, TimeSpan> Set);

    private sealed record Size(Func<NorrisOptions, long> Get, Action<NorrisOptions, long> Set, long Least);
}
