using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Norris.Core.Room;

namespace Norris.Node.Discovery;

/// <summary>
/// How a circle is named in an announcement: another way each day, which only who knows the circle's id can work out. It proves nothing, since whoever hears it can repeat it: who is there
/// proves itself by its key.
/// </summary>
internal static class CircleMark
{
    private const int Length = 8;

    /// <summary>The mark of a day, as UTC has it.</summary>
    public static string Of(CircleId circle, DateTimeOffset now) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(circle.ToBytes(), Encoding.UTF8.GetBytes(now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))).AsSpan(0, Length));

    /// <summary>Those of today and of the days beside it: clocks differ.</summary>
    public static IReadOnlyList<string> About(CircleId circle, DateTimeOffset now) => [.. new[] { -1, 0, 1 }.Select(days => Of(circle, now.AddDays(days)))];
}
