using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Protocol;

public sealed class NamesSpec
{
    [Theory]
    [InlineData("ann", "ann")]
    [InlineData("Zoe\u0308", "Zo\u00eb")]
    [InlineData("ＡＮＮ", "ANN")]
    [InlineData("ﬁnn", "finn")]
    [InlineData("李雷", "李雷")]
    [InlineData("🦊", "🦊")]
    [InlineData("x", "x")]
    [InlineData("Ann Smith", "Ann Smith")]
    [InlineData("Ann\u00a0Smith\u3000X", "Ann Smith X")]
    [InlineData("Ada Lovelace", "Ada Lovelace")]
    [InlineData("O'Neil", "O'Neil")]
    [InlineData("Ana-Mari\u0301a", "Ana-Mar\u00eda")]
    [InlineData("Sammy Davis Jr.", "Sammy Davis Jr.")]
    [InlineData("Will (Bill) Gray", "Will (Bill) Gray")]
    [InlineData("a*b", "a*b")]
    public void A_name_is_kept_in_compatibility_form(string wanted, string name)
    {
        Assert.True(Names.TryNormalise(wanted, out var normal, out var whyNot), whyNot);
        Assert.Equal(name, normal);
    }

    [Theory]
    [InlineData("", "1 to 32")]
    [InlineData(" ", "no space at its ends")]
    [InlineData(" ann", "no space at its ends")]
    [InlineData("ann\u00a0", "no space at its ends")]
    [InlineData("ann  smith", "no two in a row")]
    [InlineData("ann\u00a0\u2003smith", "no two in a row")]
    [InlineData("ann\u1680smith", "U+1680")]
    [InlineData("ann\t", "U+0009")]
    [InlineData("ann\n", "U+000A")]
    [InlineData("\u001b[31mann", "U+001B")]
    [InlineData("ann\u200b", "U+200B")]
    [InlineData("\u202eann", "U+202E")]
    [InlineData("ann\u2028", "U+2028")]
    [InlineData("ann\ufeff", "U+FEFF")]
    [InlineData("ann\ue000", "U+E000")]
    [InlineData("ada\ufe0f", "U+FE0F")]
    [InlineData("ada\ufe0e", "U+FE0E")]
    [InlineData("ada\U000e0100", "U+E0100")]
    [InlineData("ada\U000e0041", "U+E0041")]
    [InlineData("ada\u115f", "U+115F")]
    [InlineData("\u3164", "U+1160")]
    [InlineData("\u2800", "U+2800")]
    [InlineData("\U00013441", "U+13441")]
    [InlineData("\u0301", "begin with a mark")]
    [InlineData("\u0301\u20dd", "begin with a mark")]
    [InlineData("*", "colon")]
    [InlineData("\u2217", "colon")]
    [InlineData("*ada", "colon")]
    [InlineData("[ada]", "colon")]
    [InlineData("[you] ada", "bracket")]
    [InlineData("(you) eve", "bracket")]
    [InlineData("eve (you)", "bracket")]
    [InlineData("ada (host)", "bracket")]
    [InlineData("ada [host]", "bracket")]
    [InlineData("ada (host)\u0323", "bracket")]
    [InlineData("ada \u2768host\u2769", "bracket")]
    [InlineData("ada \uff08host\uff09", "bracket")]
    [InlineData("ada *", "asterisk")]
    [InlineData("\u2605 ada", "star")]
    [InlineData("ada \u2605", "star")]
    [InlineData("\u2b50 ada", "star")]
    [InlineData("\u272d ada", "star")]
    [InlineData("ada, bob", "comma")]
    [InlineData("ada\uff0cbob", "comma")]
    [InlineData("ada\u201a bob", "comma")]
    [InlineData("ada:", "colon")]
    [InlineData("ada\ua789", "colon")]
    [InlineData("\u2014", "punctuation")]
    [InlineData("\u2605", "punctuation")]
    [InlineData("\u2500\u2500", "punctuation")]
    [InlineData("\U0001ccd6da", "too new")]
    public void What_cannot_be_seen_or_said_is_no_name_and_the_reason_is_told(string wanted, string reason)
    {
        Assert.False(Names.TryNormalise(wanted, out _, out var whyNot));
        Assert.Contains(reason, whyNot, StringComparison.Ordinal);
        Assert.DoesNotContain(whyNot, char.IsControl);
    }

    /// <summary>All that screens, exports and pages put beside a name, or between names.</summary>
    public static TheoryData<string> Decorations =>
    [
        "{0} (you)", "{0} (on the host)", "{0} (you, on the host)", "{0}:", "* {0}", "| {0}", "[{0}", "{0}, bob", // lines, exports, history
        "[you] {0}", "★ {0}", "{0} ★", "│ {0}", "{0}›", "▼ {0}", "──── {0}", "! {0}", "· {0}", // the full screen
        "{0} and bob", "{0} and 3 others", "3 others", "3 users", "you", "{0} you", // one line for several people, and the page for oneself
    ];

    [Theory]
    [MemberData(nameof(Decorations))]
    public void What_screens_put_beside_a_name_is_in_none(string decoration)
    {
        foreach (var looks in (string[])[decoration, decoration.ToUpperInvariant(), decoration.Replace("|", "\u2223", StringComparison.Ordinal).Replace("o", "\u043e", StringComparison.Ordinal)])
        {
            var name = looks.Replace("{0}", "eve", StringComparison.Ordinal);
            Assert.False(Names.TryNormalise(name, out _, out var whyNot), name);
            Assert.Contains("screens", whyNot, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ada|away")]
    [InlineData("!Kung")]
    [InlineData("Yahoo!")]
    [InlineData("Col·la")]
    [InlineData("Andy Brandt")]
    [InlineData("Anderson")]
    [InlineData("young")]
    [InlineData("3 brothers")]
    [InlineData("others")]
    [InlineData("Lil")]
    public void What_only_has_such_a_mark_within_is_a_name(string name) => Assert.True(Names.TryNormalise(name, out _, out var whyNot), whyNot);

    [Fact]
    public void Half_a_character_is_no_name()
    {
        Assert.False(Names.TryNormalise("ann" + '\ud83e', out _, out var whyNot));
        Assert.Contains("valid Unicode", whyNot, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_has_at_most_32_characters_after_normalisation()
    {
        Assert.True(Names.TryNormalise(new string('x', 32), out _, out _));
        Assert.False(Names.TryNormalise(new string('x', 33), out _, out var whyNot));
        Assert.Contains("33", whyNot, StringComparison.Ordinal);

        // One character that becomes eighteen.
        Assert.False(Names.TryNormalise("\ufdfa\ufdfa", out _, out _));
    }

    [Theory]
    [InlineData("Ann", "aNN")]
    [InlineData("ZOË", "zoë")]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφος")]
    [InlineData("ﬁnn", "FINN")]
    public void Names_that_differ_in_case_only_are_the_same(string one, string other) => Assert.Equal(Names.Key(one), Names.Key(other));

    [Fact]
    public void The_first_free_name_is_taken()
    {
        Assert.Equal("ann", Names.FirstFree("ann", _ => false));
        Assert.Equal("ann-3", Names.FirstFree("ann", name => name is "ann" or "ann-2"));
    }

    [Theory]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-2")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxx🦊x", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx-2")]
    public void A_suffix_never_makes_a_name_too_long_nor_cuts_a_character_in_two(string name, string suffixed)
    {
        Assert.Equal(32, name.Length);
        var free = Names.FirstFree(name, candidate => candidate == name);
        Assert.Equal(suffixed, free);
        Assert.True(Names.TryNormalise(free, out _, out _));
    }

    [Fact]
    public void A_made_up_name_is_a_name_and_always_the_same_for_the_same_user()
    {
        foreach (var id in new ulong[] { 0, 1, 899, 900, ulong.MaxValue })
        {
            var name = Names.MakeUp(new UserId(id));
            Assert.True(Names.TryNormalise(name, out var normal, out _));
            Assert.Equal(name, normal);
            Assert.Equal(name, Names.MakeUp(new UserId(id)));
        }
    }

    [Fact]
    public void Nothing_that_is_not_seen_is_in_a_name()
    {
        // Default_Ignorable_Code_Point of Unicode 17, as its data has it.
        (int First, int Last)[] ignorable =
        [
            (0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160), (0x17b4, 0x17b5), (0x180b, 0x180f), (0x200b, 0x200f), (0x202a, 0x202e), (0x2060, 0x206f),
            (0x3164, 0x3164), (0xfe00, 0xfe0f), (0xfeff, 0xfeff), (0xffa0, 0xffa0), (0xfff0, 0xfff8), (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a), (0xe0000, 0xe0fff),
        ];
        foreach (var codePoint in ignorable.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)))
        {
            var unseen = char.ConvertFromUtf32(codePoint);
            Assert.All((string[])[unseen, $"a{unseen}da", $"ada{unseen}"], name => Assert.False(Names.TryNormalise(name, out _, out _), $"U+{codePoint:X4}"));
        }
    }

    [Theory]
    [InlineData("ada", "аdа")] // Cyrillic а
    [InlineData("ada", "АDА")]
    [InlineData("ADA", "аdа")]
    [InlineData("BOB", "ΒΟΒ")] // Greek
    [InlineData("bob", "ΒΟΒ")]
    [InlineData("paypal", "раураl")]
    [InlineData("lan", "Ian")]
    [InlineData("lan", "1an")]
    [InlineData("tom", "torn")]
    [InlineData("zoë", "zoё")] // Cyrillic ё: also what carries marks
    [InlineData("zoë", "ZOЁ")]
    [InlineData("o0", "оО")]
    [InlineData("ad-a", "ad‐a")]
    [InlineData("scope", "ѕсоре")]
    public void Names_that_cannot_be_told_apart_share_a_look(string one, string other) => Assert.True(AreMistakable(one, other));

    [Theory]
    [InlineData("bob", "rob")]
    [InlineData("ada", "ade")]
    [InlineData("ian", "lan")]
    [InlineData("ann-2", "ann-3")]
    [InlineData("李雷", "韩梅")]
    [InlineData("иван", "ivan")]
    public void Names_that_can_be_told_apart_share_none(string one, string other) => Assert.False(AreMistakable(one, other));

    [Theory]
    [InlineData("ada", "ada-2")]
    [InlineData("аdа", "аdа-2")]
    [InlineData("ADA", "ADA-2")]
    [InlineData("eve", "eve")]
    public void Who_could_be_taken_for_somebody_present_gets_a_suffix(string wanted, string given)
    {
        var free = Names.FirstFree(wanted, candidate => AreMistakable("ada", candidate));
        Assert.Equal(given, free);
    }

    [Fact]
    public void Every_number_makes_another_name()
    {
        var taken = new HashSet<string>();
        for (var i = 0; i < 300; i++)
        {
            var free = Names.FirstFree("m1l0", candidate => taken.Contains(Looks.Of(candidate).Folded));
            Assert.True(taken.Add(Looks.Of(free).Folded));
        }
    }

    private static bool AreMistakable(string one, string other)
    {
        Assert.True(Names.TryNormalise(one, out one, out var whyNot), whyNot);
        Assert.True(Names.TryNormalise(other, out other, out whyNot), whyNot);
        var (a, b) = (Looks.Of(one), Looks.Of(other));
        return a.Folded == b.Folded || a.Seen == b.Seen;
    }
}
