using Norris.Core.Protocol;

namespace Norris.Actors.History;

/// <summary>What a node asks of another one's archive.</summary>
public enum HistoryOf
{
    /// <summary>The last messages before a number.</summary>
    Messages,

    /// <summary>The last messages before a number that contain all the words.</summary>
    Search,

    /// <summary>All entries from a number on, without a gap, to fill another archive.</summary>
    Stretch,
}

/// <summary>A question to an archive. It goes beside the order: no number depends on it.</summary>
/// <param name="Room">The room.</param>
/// <param name="Of">What is asked for.</param>
/// <param name="Seq">Before this number, or, for a stretch, from it on.</param>
/// <param name="Limit">How many entries at most: 1 to <see cref="HistoryLimits.Entries"/>.</param>
/// <param name="Words">What to search for; empty otherwise.</param>
public sealed record HistoryQuery(RoomId Room, HistoryOf Of, long Seq, int Limit, string Words) : Message;

/// <summary>An archive's answer: a page.</summary>
/// <param name="Refusal">Why there is none; empty: there is.</param>
/// <param name="HashBefore">Of a stretch: the transcript hash before its first entry.</param>
/// <param name="Page">The entries, oldest first, as the application keeps them: opaque here, at most <see cref="HistoryLimits.PageBytes"/> bytes.</param>
/// <param name="Holes">What the archive does not have within the page.</param>
/// <param name="Newest">The last number that it has; 0: none.</param>
/// <param name="Next">Of a stretch whose first number it does not have: the next one that it has; 0: none.</param>
/// <param name="More">Whether there is more of what was asked for than fits into the page.</param>
public sealed record HistoryAnswer(
    string Refusal, ulong HashBefore, ReadOnlyMemory<byte> Page, IReadOnlyList<HistoryHole> Holes, long Newest, long Next, bool More) : Message
{
    /// <summary>No page, and why.</summary>
    public static HistoryAnswer Refused(string why) => new(why, 0, default, [], 0, 0, false);
}

/// <summary>A range of the order that an archive does not have, and why.</summary>
public readonly record struct HistoryHole(long First, long Last, string Why);

/// <summary>Bounds on questions and answers, part of the wire.</summary>
public static class HistoryLimits
{
    /// <summary>The most entries that one answer has.</summary>
    public const int Entries = 1000;

    /// <summary>The largest page, in bytes.</summary>
    public const int PageBytes = 192 * 1024;

    /// <summary>The longest search, in UTF-16 units.</summary>
    public const int Words = 256;

    /// <summary>The most holes that one answer tells of.</summary>
    public const int Holes = 100;

    /// <summary>The longest reason for a hole, in UTF-16 units.</summary>
    public const int Why = 200;
}
