using System.Collections.Immutable;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>
/// The devices that belong together: a set of records that only grows. Each is signed by a device that some record before it let in, back to the founder, whose key the circle is named after. Two
/// sets of one circle merge into their union, and who was put out by any of them is out. Immutable.
/// </summary>
public sealed class Circle : IEquatable<Circle>
{
    private readonly SignatureCheck _isSigned;
    private readonly ImmutableHashSet<CircleRecord> _records;
    private readonly ImmutableDictionary<DeviceId, Admission> _admitted;
    private readonly ImmutableDictionary<DeviceId, Expulsion> _expelled;

    private Circle(
        CircleId id, SignatureCheck isSigned, ImmutableHashSet<CircleRecord> records, ImmutableDictionary<DeviceId, Admission> admitted, ImmutableDictionary<DeviceId, Expulsion> expelled) =>
        (Id, _isSigned, _records, _admitted, _expelled) = (id, isSigned, records, admitted, expelled);

    /// <summary>Which circle.</summary>
    public CircleId Id { get; }

    /// <summary>All of it, in an order that depends on nothing else.</summary>
    public IReadOnlyList<CircleRecord> Records => [.. _records.Order(Comparer<CircleRecord>.Create((a, b) => a.Bytes.Span.SequenceCompareTo(b.Bytes.Span)))];

    /// <summary>How many records there are.</summary>
    public int Count => _records.Count;

    /// <summary>The devices that are in, each as it was let in first.</summary>
    public IEnumerable<Admission> Devices => _admitted.Values.Where(a => Contains(a.Device)).OrderBy(a => a.At).ThenBy(a => a.Device.ToString(), StringComparer.Ordinal);

    /// <summary>The circle that a device founds.</summary>
    /// <param name="founding">The founder's own record (<see cref="Admission.Founding"/>).</param>
    /// <param name="isSigned">How signatures are checked: <see cref="DeviceSignature.IsBy"/>.</param>
    /// <exception cref="FormatException">It is no such record; the message is a line.</exception>
    public static Circle Found(Admission founding, SignatureCheck isSigned)
    {
        var empty = new Circle(
            founding.Circle, isSigned, [], ImmutableDictionary<DeviceId, Admission>.Empty, ImmutableDictionary<DeviceId, Expulsion>.Empty);
        return empty.WhyNot(founding) is { } why ? throw new FormatException(why) : empty.Add(founding);
    }

    /// <summary>The circle that some records are, in whatever order.</summary>
    /// <exception cref="FormatException">Not all of them are signed by somebody who was in; the message is a line.</exception>
    public static Circle Read(IEnumerable<CircleRecord> records, SignatureCheck isSigned)
    {
        var left = records.ToHashSet();
        if (left.Count > Limits.CircleRecords)
        {
            throw new FormatException($"a circle has at most {Limits.CircleRecords} records, this one has {left.Count}");
        }

        var founding = left.OfType<Admission>().FirstOrDefault(a => a.By == a.Device) ?? throw new FormatException("the record of the device that founded the circle is missing");
        var circle = Found(founding, isSigned);
        left.Remove(founding);
        while (left.Where(r => r.Circle == circle.Id && circle.Knows(r.By)).ToList() is { Count: > 0 } next)
        {
            foreach (var record in next)
            {
                circle = circle.WhyNot(record) is { } why ? throw new FormatException(why) : circle.Add(record);
            }

            left.ExceptWith(next);
        }

        return left.Count == 0 ? circle : throw new FormatException(circle.WhyNot(left.First())!);
    }

    /// <summary>Whether a device is in.</summary>
    public bool Contains(DeviceId device) => _admitted.ContainsKey(device) && !_expelled.ContainsKey(device);

    /// <summary>How a device was let in, whether it is in or was put out since; null: it never was.</summary>
    public Admission? AdmissionOf(DeviceId device) => _admitted.GetValueOrDefault(device);

    /// <summary>How a device was put out; null: it was not.</summary>
    public Expulsion? ExpulsionOf(DeviceId device) => _expelled.GetValueOrDefault(device);

    /// <summary>
    /// Why a record does not belong here: another circle's, by nobody of this one, or not signed. Null: it does. Whether who signed it is still in does not matter here: else two sets of records
    /// would be another circle in one order than in the other. Who may add one, the order decides (<see cref="RoomCircle"/>).
    /// </summary>
    public string? WhyNot(CircleRecord record)
    {
        if (record.Circle != Id)
        {
            return "the record is of another circle";
        }

        var isFounding = record is Admission && record.By == record.Device;
        if (isFounding && CircleId.Of(record.Device, record.At) != Id)
        {
            return $"the device {record.Device.Beginning} has not founded this circle";
        }

        var key = isFounding ? ((Admission)record).Key : AdmissionOf(record.By)?.Key;
        return key is not { } its ? $"the device {record.By.Beginning}, which has signed the record, was never in this circle"
            : !_isSigned(its.Span, record.What.Span, record.Signature.Span) ? $"the record is not signed by the device {record.By.Beginning}"
            : null;
    }

    /// <summary>With one record more, which <see cref="WhyNot"/> has nothing against; else as it was.</summary>
    public Circle With(CircleRecord record) => _records.Contains(record) || WhyNot(record) is not null ? this : Add(record);

    /// <summary>With one record more, which <see cref="WhyNot"/> was asked about.</summary>
    internal Circle WithChecked(CircleRecord record) => _records.Contains(record) ? this : Add(record);

    /// <summary>
    /// With all records of another, which is the same circle; each of the two was checked when it was read. As it was, where that would be more than anybody reads
    /// (<see cref="Limits.CircleRecords"/>).
    /// </summary>
    /// <exception cref="ArgumentException">It is another circle.</exception>
    public Circle Merge(Circle other)
    {
        var merged = other.Id == Id ? this : throw new ArgumentException($"{other.Id} is another circle than {Id}", nameof(other));
        foreach (var record in other._records.Except(_records))
        {
            merged = merged.Add(record);
        }

        return merged.Count > Limits.CircleRecords ? this : merged;
    }

    /// <summary>
    /// What whoever knows this much believes of records that a stranger shows: of the new ones none that is signed by a device which is known to be out. Else who was put out lets others in, or puts them
    /// out, at whoever asks its door.
    /// </summary>
    public Circle Believing(IEnumerable<CircleRecord> shown)
    {
        var believed = this;
        var left = shown.Where(r => ExpulsionOf(r.By) is null).ToHashSet();
        while (left.Where(r => believed.Knows(r.By)).ToList() is { Count: > 0 } next)
        {
            believed = next.Aggregate(believed, (circle, record) => circle.With(record));
            left.ExceptWith(next);
        }

        return believed;
    }

    /// <inheritdoc/>
    public bool Equals(Circle? other) => other is not null && other.Id == Id && other._records.SetEquals(_records);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Circle);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Count);

    private bool Knows(DeviceId device) => _admitted.ContainsKey(device);

    private Circle Add(CircleRecord record) => record is Admission admission
        ? new(Id, _isSigned, _records.Add(record), Earliest(_admitted, admission), _expelled)
        : new(Id, _isSigned, _records.Add(record), _admitted, Earliest(_expelled, (Expulsion)record));

    /// <summary>Of several about one device, which one is shown must not depend on which came first.</summary>
    private static ImmutableDictionary<DeviceId, T> Earliest<T>(ImmutableDictionary<DeviceId, T> among, T record)
        where T : CircleRecord =>
        among.GetValueOrDefault(record.Device) is { } there
        && (there.At < record.At || (there.At == record.At && there.Bytes.Span.SequenceCompareTo(record.Bytes.Span) < 0))
            ? among
            : among.SetItem(record.Device, record);
}
