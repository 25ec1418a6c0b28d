using System.Runtime.Serialization;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors.Wire;

/// <summary>
/// What must hold of a value from the network. All throw <see cref="SerializationException"/>, with texts that never repeat what came: they end in
/// a log.
/// </summary>
internal static class WireCheck
{
    public static SerializationException Bad(string why) => new($"A malformed message was refused: {why}.");

    public static void That(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Bad(otherwise);
        }
    }

    public static void AtMost(int count, int most, string of)
    {
        if (count > most)
        {
            throw Bad($"{count} {of}, and {most} is the most");
        }
    }

    /// <summary>A number of the order, an epoch, a counter.</summary>
    public static long Counter(long value) => value is >= 0 and <= Limits.HighestNumber ? value : throw Bad("a number is negative, or too high for any");

    /// <summary>From where somebody wants to read; the highest of all stands for the end.</summary>
    public static long Place(long value) => value >= 0 ? value : throw Bad("a number is negative");

    /// <summary>How often a node has started as a newcomer, this time included.</summary>
    public static int Life(int value) => value >= 1 ? value : throw Bad("a node has lived less than once");

    /// <summary>Milliseconds since 1970 that have a date.</summary>
    public static long Time(long value) => value is >= 0 and <= Limits.LatestTime ? value : throw Bad("a time is out of all bounds");

    /// <summary>A name as the host gives it: in its normal form.</summary>
    public static string Name(string name)
    {
        AtMost(name.Length, Limits.NameLength, "UTF-16 units in a name");
        return Names.TryNormalise(name, out var normal, out var whyNot) && string.Equals(normal, name, StringComparison.Ordinal)
            ? name
            : throw Bad(whyNot.Length > 0 ? whyNot : "a name is not in its normal form");
    }

    /// <summary>A node's address. It is compared, resolved and shown, never taken apart here.</summary>
    public static string Address(string address)
    {
        AtMost(address.Length, WireLimits.AddressLength, "UTF-16 units in an address");
        That(address.Length > 0, "an address is empty");
        That(PlainText.IsLine(address) && !address.Any(c => PlainText.IsWhiteSpace(c)), "an address has characters that no address has");
        return address;
    }

    /// <summary>A sentence for people.</summary>
    public static string Reason(string reason)
    {
        AtMost(reason.Length, WireLimits.ReasonLength, "UTF-16 units in a reason");
        That(PlainText.IsLine(reason), "a reason has control characters");
        return reason;
    }

    public static void Unique<T>(IEnumerable<T> values, string otherwise)
    {
        var seen = new HashSet<T>();
        foreach (var value in values)
        {
            That(seen.Add(value), otherwise);
        }
    }
}
