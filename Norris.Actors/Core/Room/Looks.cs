using System.Text;

namespace Norris.Core.Room;

/// <summary>
/// What a name looks like to who reads it quickly: two names that share one of the two cannot be told apart, or only by their case. The tables are the
/// program's own, so that all nodes of a room agree on it, whatever their machines know of Unicode.
/// </summary>
/// <param name="Folded">The skeleton (UTS 39) of the name without its case: <c>АDА</c>, in Cyrillic, is <c>ada</c>.</param>
/// <param name="Seen">The skeleton of the name as it is written, without that one's case: <c>Ian</c> is <c>lan</c>.</param>
public readonly record struct Looks(string Folded, string Seen)
{
    /// <summary>What a name looks like: names with the same result can be taken for each other.</summary>
    public static Looks Of(string name) => new(Skeleton(Fold(name)), Fold(Skeleton(name)));

    /// <summary>The name without case, in compatibility decomposition.</summary>
    public static string Fold(string name) => Replace(name.Normalize(NormalizationForm.FormKD), static (rune, to) =>
    {
        var at = CaseFolds.Sources.BinarySearch(rune);
        Append(to, at < 0 ? rune : CaseFolds.Targets[at]);
    });

    /// <summary>The characters that those of a name look like, in compatibility decomposition.</summary>
    public static string Skeleton(string name) => Replace(name.Normalize(NormalizationForm.FormKD), static (rune, to) =>
    {
        var at = LookSources.All.BinarySearch(rune);
        var target = at < 0 ? rune : LookTargets.All[at];
        if (target >= 0)
        {
            Append(to, target);
            return;
        }

        for (var i = -1 - target; LookTargets.Several[i] != 0; i++)
        {
            Append(to, LookTargets.Several[i]);
        }
    }).Normalize(NormalizationForm.FormD); // marks that others have become may stand in another order

    private static string Replace(string name, Action<int, StringBuilder> replace)
    {
        var replaced = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            replace(rune.Value, replaced);
        }

        return replaced.ToString();
    }

    private static void Append(StringBuilder to, int codePoint)
    {
        Span<char> utf16 = stackalloc char[2];
        to.Append(utf16[..new Rune(codePoint).EncodeToUtf16(utf16)]);
    }
}
