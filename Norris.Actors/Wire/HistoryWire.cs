using System.Runtime.Serialization;
using Google.Protobuf;
using Norris.Actors.History;

namespace Norris.Actors.Wire;

/// <summary>Questions to archives and their answers, to norris.proto and back within all bounds.</summary>
internal static class HistoryWire
{
    public static Proto.HistoryQuery Write(HistoryQuery m) => new()
    {
        Room = m.Room.Value,
        Of = m.Of switch
        {
            HistoryOf.Messages => Proto.HistoryOf.Messages,
            HistoryOf.Search => Proto.HistoryOf.Search,
            HistoryOf.Stretch => Proto.HistoryOf.Stretch,
            _ => throw new SerializationException($"{m.Of} is no question on the wire."),
        },
        Seq = m.Seq,
        Limit = m.Limit,
        Words = m.Words,
    };

    // Safe without a copy: a page never changes once it is made.
    public static Proto.HistoryAnswer Write(HistoryAnswer m) => new()
    {
        Refusal = m.Refusal,
        HashBefore = m.HashBefore,
        Page = UnsafeByteOperations.UnsafeWrap(m.Page),
        Holes = { m.Holes.Select(h => new Proto.HistoryHole { First = h.First, Last = h.Last, Why = h.Why }) },
        Newest = m.Newest,
        Next = m.Next,
        More = m.More,
    };

    public static HistoryQuery Read(Proto.HistoryQuery m)
    {
        WireCheck.That(m.Limit is >= 1 and <= HistoryLimits.Entries, "a question asks for too many entries, or for none");
        WireCheck.AtMost(m.Words.Length, HistoryLimits.Words, "UTF-16 units in a search");
        return new(
            new(m.Room),
            m.Of switch
            {
                Proto.HistoryOf.Messages => HistoryOf.Messages,
                Proto.HistoryOf.Search => HistoryOf.Search,
                Proto.HistoryOf.Stretch => HistoryOf.Stretch,
                _ => throw WireCheck.Bad("a question is none that this version knows"),
            },
            WireCheck.Place(m.Seq),
            m.Limit,
            m.Words);
    }

    public static HistoryAnswer Read(Proto.HistoryAnswer m)
    {
        WireCheck.AtMost(m.Page.Length, HistoryLimits.PageBytes, "bytes of history");
        WireCheck.AtMost(m.Holes.Count, HistoryLimits.Holes, "holes");
        return new(
            WireCheck.Reason(m.Refusal),
            m.HashBefore,
            m.Page.Memory,
            [.. m.Holes.Select(Hole)],
            WireCheck.Counter(m.Newest),
            WireCheck.Counter(m.Next),
            m.More);
    }

    private static HistoryHole Hole(Proto.HistoryHole hole)
    {
        WireCheck.That(hole.First >= 1 && WireCheck.Counter(hole.Last) >= hole.First, "a hole has no place in the order");
        WireCheck.AtMost(hole.Why.Length, HistoryLimits.Why, "UTF-16 units in a hole's reason");
        return new(hole.First, hole.Last, WireCheck.Reason(hole.Why));
    }
}
