namespace Norris.Node.Session;

/// <summary>Milliseconds since 1970, UTC, as a time that can be shown.</summary>
internal static class CalendarTime
{
    /// <summary>The last millisecond of the year 9999.</summary>
    public static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    /// <summary>A clock beyond the calendar's ends (a hostile or broken sender's) gives the end.</summary>
    public static DateTimeOffset Of(long unixMilliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, Earliest, Latest));
}
