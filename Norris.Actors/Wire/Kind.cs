using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.Serialization;
using Norris.Actors.History;
using Norris.Actors.Membership;
using Norris.Core.Protocol;

namespace Norris.Actors.Wire;

/// <summary>The closed list of what comes over the network: each kind of message with its manifest and its largest frame.</summary>
internal sealed class Kind
{
    private const int LongestManifest = 8;

    private static readonly Kind[] All =
    [
        new(typeof(JoinRequest), "J", WireLimits.SmallFrameBytes),
        new(typeof(LeaveRequest), "L", WireLimits.SmallFrameBytes),
        new(typeof(UserJoinRequest), "UJ", WireLimits.SmallFrameBytes),
        new(typeof(UserLeaveRequest), "UL", WireLimits.SmallFrameBytes),
        new(typeof(UserRenameRequest), "UN", WireLimits.SmallFrameBytes),
        new(typeof(RoomChangeRequest), "RC", WireLimits.SmallFrameBytes),
        new(typeof(RecordingRequest), "RR", WireLimits.SmallFrameBytes),
        new(typeof(CircleRequest), "CE", WireLimits.SmallFrameBytes),
        new(typeof(JoinRefused), "JX", WireLimits.SmallFrameBytes),
        new(typeof(UserRefused), "UX", WireLimits.SmallFrameBytes),
        new(typeof(Expelled), "E", WireLimits.SmallFrameBytes),
        new(typeof(Submit), "S", WireLimits.BlockFrameBytes),
        new(typeof(Ordered), "O", WireLimits.ListFrameBytes),
        new(typeof(Progress), "P", WireLimits.SmallFrameBytes),
        new(typeof(Ack), "A", WireLimits.SmallFrameBytes),
        new(typeof(Fetch), "F", WireLimits.SmallFrameBytes),
        new(typeof(Page), "PG", WireLimits.SnapshotFrameBytes),
        new(typeof(Prepare), "DR", WireLimits.SmallFrameBytes),
        new(typeof(Promise), "D", WireLimits.ListFrameBytes),
        new(typeof(EpochRefused), "EX", WireLimits.SmallFrameBytes),
        new(typeof(RecoveryFetch), "RF", WireLimits.SmallFrameBytes),
        new(typeof(RecoveryPage), "RP", WireLimits.SnapshotFrameBytes),
        new(typeof(NewEpoch), "C", WireLimits.ListFrameBytes),
        new(typeof(NewEpochRequest), "CR", WireLimits.SmallFrameBytes),
        new(typeof(Farewell), "FW", WireLimits.SmallFrameBytes),
        new(typeof(HostReport), "HR", WireLimits.ListFrameBytes),
        new(typeof(WhoIsThere), "WT", WireLimits.SmallFrameBytes),
        new(typeof(ItIsI), "WI", WireLimits.SmallFrameBytes),
        // Who looks for a room has to hear of one that it cannot read: else it would begin another beside it.
        new(typeof(RoomQuestion), "RQ", WireLimits.SmallFrameBytes, ofAnyVersion: true),
        new(typeof(RoomAnswer), "RA", WireLimits.SmallFrameBytes, ofAnyVersion: true),
        new(typeof(HistoryQuery), "HQ", WireLimits.SmallFrameBytes),
        new(typeof(HistoryAnswer), "HA", WireLimits.HistoryFrameBytes),
    ];

    private static readonly FrozenDictionary<Type, Kind> ByType = All.ToFrozenDictionary(k => k._type);
    private static readonly FrozenDictionary<string, Kind> ByManifest = All.ToFrozenDictionary(k => k.Manifest, StringComparer.Ordinal);

    private readonly Type _type;
    private readonly string _code;
    private readonly bool _ofAnyVersion;

    private Kind(Type type, string code, int maxBytes, bool ofAnyVersion = false)
    {
        _type = type;
        _code = code;
        _ofAnyVersion = ofAnyVersion;
        Manifest = code + Limits.WireVersion.ToString(CultureInfo.InvariantCulture);
        MaxBytes = maxBytes;
    }

    public string Manifest { get; }

    /// <summary>The largest frame, in bytes.</summary>
    public int MaxBytes { get; }

    /// <exception cref="SerializationException">The message is of a kind that has no place on the wire.</exception>
    public static Kind Of(Message message) =>
        ByType.GetValueOrDefault(message.GetType()) ?? throw new SerializationException($"{message.GetType()} has no place on the wire.");

    /// <exception cref="SerializationException">The manifest is none of this version's.</exception>
    public static Kind Of(string manifest) => ByManifest.GetValueOrDefault(manifest) ?? OfAnotherVersion(manifest);

    private static Kind OfAnotherVersion(string manifest)
    {
        var code = manifest.TrimEnd("0123456789".ToCharArray());
        var isOurs = manifest.Length <= LongestManifest && !code.AsSpan().ContainsAnyExceptInRange('A', 'Z')
            && int.TryParse(manifest.AsSpan(code.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (isOurs && All.FirstOrDefault(k => k._ofAnyVersion && k._code == code) is { } kind)
        {
            return kind;
        }

        // What is not even shaped like a manifest is not repeated: it may be anything, and this text ends in a log.
        throw new SerializationException(isOurs
            ? $"A message '{code}' of wire version {manifest[code.Length..]} was refused: this node speaks wire version {Limits.WireVersion}. " +
              "Nodes that chat together need releases that share a wire version."
            : $"A message without a manifest of Norris was refused: this node speaks wire version {Limits.WireVersion}.");
    }
}
