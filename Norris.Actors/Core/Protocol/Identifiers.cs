using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Norris.Core.Protocol;

/// <summary>One sequencer's reign. A higher epoch fences every lower one. 0 is 'before any reign'.</summary>
public readonly record struct Epoch(long Value) : IComparable<Epoch>
{
    private const long PerEra = 1_000_000;

    /// <summary>Before the first reign.</summary>
    public static Epoch None => default;

    /// <summary>The reign after this one.</summary>
    public Epoch Next => new(Value + 1);

    /// <summary>Whether this one can follow another at all (<see cref="Limits.EpochsAtOnce"/>).</summary>
    public bool CanFollow(Epoch before) => Value - before.Value <= Limits.EpochsAtOnce;

    /// <summary>How often the room may have lost something before this reign.</summary>
    public long Era => Value / PerEra;

    /// <summary>
    /// The first epoch after a possible loss. Those who are gone may have promised or used epochs that nobody left knows of: all of them are below the next
    /// million. Another survivor may stand before the same loss alone, and begin the same era: it takes another place in it, but for a chance of one in half a million.
    /// </summary>
    public Epoch AfterALoss(NodeId by)
    {
        var drawn = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(by.ToString())) % (PerEra / 2);
        return new(((Era + 1) * PerEra) + (long)drawn);
    }

    /// <summary>By age: the older reign first.</summary>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <summary>Whether the left reign is the older one.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    /// <summary>Whether the left reign is the newer one.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    /// <summary>Whether the left reign is not the newer one.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    /// <summary>Whether the left reign is not the older one.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;

    /// <summary>As people read it: the era, where something may have been lost, stands before the number within it.</summary>
    public override string ToString() =>
        Era == 0 ? Value.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Era}.{Value % PerEra}");
}

/// <summary>A place in the total order: 1, 2, 3 …, contiguous, and going on across epochs. 0 is 'before the first'.</summary>
public readonly record struct SequenceNumber(long Value) : IComparable<SequenceNumber>
{
    /// <summary>Before the first entry.</summary>
    public static SequenceNumber None => default;

    /// <summary>The number after this one.</summary>
    public SequenceNumber Next => new(Value + 1);

    /// <summary>By place in the order.</summary>
    public int CompareTo(SequenceNumber other) => Value.CompareTo(other.Value);

    /// <summary>Whichever comes first.</summary>
    public static SequenceNumber Min(SequenceNumber a, SequenceNumber b) => a <= b ? a : b;

    /// <summary>Whichever comes last.</summary>
    public static SequenceNumber Max(SequenceNumber a, SequenceNumber b) => a >= b ? a : b;

    /// <summary>The number so many further on.</summary>
    public static SequenceNumber operator +(SequenceNumber left, long count) => new(left.Value + count);

    /// <summary>How many numbers lie between two places.</summary>
    public static long operator -(SequenceNumber left, SequenceNumber right) => left.Value - right.Value;

    /// <summary>Whether the left one comes first.</summary>
    public static bool operator <(SequenceNumber left, SequenceNumber right) => left.Value < right.Value;

    /// <summary>Whether the left one comes last.</summary>
    public static bool operator >(SequenceNumber left, SequenceNumber right) => left.Value > right.Value;

    /// <summary>Whether the left one does not come last.</summary>
    public static bool operator <=(SequenceNumber left, SequenceNumber right) => left.Value <= right.Value;

    /// <summary>Whether the left one does not come first.</summary>
    public static bool operator >=(SequenceNumber left, SequenceNumber right) => left.Value >= right.Value;

    /// <summary>In plain digits.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// One process in one incarnation: its address and the number that the cluster drew when it started.
/// A process restarted on the same address is another node.
/// </summary>
public readonly record struct NodeId(string Address, int Incarnation) : IComparable<NodeId>
{
    /// <summary>
    /// By host, then by port as a number, as people read them: they have to know which node goes on in an even split.
    /// </summary>
    public int CompareTo(NodeId other)
    {
        if (Address == other.Address)
        {
            return Incarnation.CompareTo(other.Incarnation);
        }

        var host = HostOf(Address, out var port);
        var otherHost = HostOf(other.Address, out var otherPort);
        var order = host.SequenceCompareTo(otherHost);
        order = order != 0 ? order : port.CompareTo(otherPort);
        return order != 0 ? order : string.CompareOrdinal(Address, other.Address);
    }

    /// <summary>The incarnation: it is drawn at random already, and the address need not be read.</summary>
    public override int GetHashCode() => Incarnation;

    /// <summary>Whether the left one is the lower one.</summary>
    public static bool operator <(NodeId left, NodeId right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one is the higher one.</summary>
    public static bool operator >(NodeId left, NodeId right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one is not the higher one.</summary>
    public static bool operator <=(NodeId left, NodeId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one is not the lower one.</summary>
    public static bool operator >=(NodeId left, NodeId right) => left.CompareTo(right) >= 0;

    private static ReadOnlySpan<char> HostOf(string? address, out int port)
    {
        var rest = address.AsSpan();
        rest = rest[(rest.LastIndexOf('@') + 1)..];
        var colon = rest.LastIndexOf(':');
        port = 0;
        return colon >= 0 && int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) ? rest[..colon] : rest;
    }

    /// <summary>Its address, and its incarnation in hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}#{unchecked((uint)Incarnation):x8}");
}

/// <summary>A user's session: drawn at random when the session starts, and kept while its process rejoins.</summary>
public readonly record struct UserId(ulong Value)
{
    /// <summary>In 16 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>
/// Who owns a name: a digest of the owner's secret token. Everyone may see it; only who holds the token can show what it is a digest of.
/// 0 is 'nobody': such a name is not kept for anyone.
/// </summary>
public readonly record struct OwnerId(UInt128 Value)
{
    /// <summary>Of who has shown no secret.</summary>
    public static OwnerId Nobody => default;

    /// <summary>In 32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>Names a message wherever it is: finds duplicates, never orders. A user's counters are 1, 2, 3 …, contiguous.</summary>
public readonly record struct MessageId(UserId User, long Counter)
{
    private const int UserDigits = 16;

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    public static bool TryParse(string? text, out MessageId id)
    {
        id = default;
        if (text is null || text.Length <= UserDigits + 1 || text[UserDigits] != '-'
            || !ulong.TryParse(text.AsSpan(0, UserDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var user)
            || !long.TryParse(text.AsSpan(UserDigits + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var counter)
            || counter is < 1 or > Limits.HighestNumber)
        {
            return false;
        }

        id = new MessageId(new UserId(user), counter);
        return id.ToString() == text;
    }

    /// <summary>The user and the counter, with a dash between them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{User}-{Counter}");
}

/// <summary>Names one room for as long as its history goes on. Drawn at random by the first sequencer of a new room.</summary>
public readonly record struct RoomId(ulong Value)
{
    /// <summary>No room.</summary>
    public static RoomId None => default;

    /// <summary>In 16 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
