using System.Globalization;
using System.Text;
using Norris.Actors.Protocol;

namespace Norris.Actors.Room;

/// <summary>What may be a name, and when two names are the same.</summary>
public static class Names
{
    private static readonly string[] Qualities =
    [
        "amber", "brave", "calm", "clever", "crisp", "eager", "gentle", "golden", "happy", "honest", "jolly", "keen", "kind", "lively", "lucky",
        "merry", "mighty", "neat", "noble", "patient", "proud", "quick", "quiet", "rapid", "sharp", "silver", "sunny", "swift", "tidy", "wise",
    ];

    private static readonly string[] Animals =
    [
        "badger", "beaver", "bison", "crane", "dolphin", "eagle", "falcon", "ferret", "finch", "fox", "gecko", "heron", "ibex", "jackal", "kestrel",
        "koala", "lark", "lemur", "lynx", "marten", "otter", "owl", "panda", "puffin", "raven", "robin", "seal", "stork", "swan", "wombat",
    ];

    /// <summary>The name in its normal form, or why it cannot be one.</summary>
    public static bool TryNormalise(string wanted, out string name, out string whyNot)
    {
        name = "";
        whyNot = "";
        try
        {
            name = wanted.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            whyNot = "the name is not valid Unicode";
            return false;
        }

        if (name.Length is 0 or > Limits.NameLength)
        {
            whyNot = $"a name has 1 to {Limits.NameLength} characters, this one has {name.Length}";
            return false;
        }

        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                whyNot = $"a name has no white space and no invisible or control characters (this one has U+{rune.Value:X4})";
                return false;
            }
        }

        return true;
    }

    /// <summary>Equal for names that count as the same: compared without regard to case, in compatibility form.</summary>
    public static string Key(string name) => name.Normalize(NormalizationForm.FormKC).ToUpperInvariant().ToLowerInvariant().Normalize(NormalizationForm.FormKC);

    /// <summary>The name itself where it is free, else the first free one of name-2, name-3 …</summary>
    public static string FirstFree(string name, Func<string, bool> isTaken)
    {
        var candidate = name;
        for (var number = 2; isTaken(candidate); number++)
        {
            var suffix = string.Create(CultureInfo.InvariantCulture, $"-{number}");
            var room = Limits.NameLength - suffix.Length;
            var stem = name.Length <= room ? name : name[..room];
            if (char.IsHighSurrogate(stem[^1]))
            {
                stem = stem[..^1];
            }

            candidate = stem + suffix;
        }

        return candidate;
    }

    /// <summary>A friendly name for who asked for none: the same for the same user everywhere.</summary>
    public static string MakeUp(UserId user) =>
        $"{Qualities[(int)(user.Value % (ulong)Qualities.Length)]}-{Animals[(int)(user.Value / (ulong)Qualities.Length % (ulong)Animals.Length)]}";
}
