using System.Globalization;

namespace Norris.Lab.Rooms;

/// <summary>What several measurements come to.</summary>
internal static class Figures
{
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.00 s", CultureInfo.InvariantCulture);

    /// <summary>The one in the middle, or what lies between the two there. Zero of none.</summary>
    public static TimeSpan Median(IEnumerable<TimeSpan> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : (sorted[sorted.Count / 2] + sorted[(sorted.Count - 1) / 2]) / 2;
    }
}
