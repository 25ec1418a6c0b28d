using System.Globalization;
using System.Text;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Protocol;

/// <summary>What every node judges alike, whatever its runtime knows of Unicode. The figures are of Unicode 17: another one here is another version of the wire.</summary>
public sealed class PlainTextSpec
{
    private static readonly int[] s_whiteSpace =
    [
        0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
    ];

    private static readonly IReadOnlyList<Rune> s_all = [.. Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(value => new Rune(value))];

    [Fact]
    public void A_reaction_is_without_control_characters_and_the_white_space_that_there_is_today()
    {
        var refused = s_all.Where(rune => !Relation.Takes(RelationKind.Reaction, Encoding.UTF8.GetBytes(rune.ToString()))).Select(rune => rune.Value);
        int[] controls = [.. Enumerable.Range(0, 0x20), .. Enumerable.Range(0x7F, 0x21)];
        Assert.Equal(controls.Union(s_whiteSpace).Order(), refused);
    }

    [Fact]
    public void A_line_has_nothing_of_65_controls_170_formats_2_separators_and_66_that_are_no_characters()
    {
        var refused = s_all.Where(rune => !PlainText.IsLine(rune.ToString())).ToList();
        Assert.Equal(65 + 170 + 2 + 66, refused.Count);
        Assert.Equal(580_021_101u, Digest(refused));
    }

    [Fact]
    public void The_lists_are_those_of_this_runtime() // one that knows more may be given new lists, with a new version of the wire
    {
        Assert.Equal(s_whiteSpace, s_all.Where(Rune.IsWhiteSpace).Select(rune => rune.Value));
        Assert.All(s_all.Where(rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format), rune => Assert.False(PlainText.IsLine(rune.ToString()), $"U+{rune.Value:X4}"));
    }

    [Fact]
    public void A_topic_has_no_white_space_at_its_ends_and_no_character_that_machines_bring_into_different_forms()
    {
        var white = string.Concat(s_whiteSpace.Select(value => new Rune(value)));
        Assert.True(RoomSettings.TryNormalise(RoomSettingKind.Topic, $"{white}lunch{white}", out var topic, out _));
        Assert.Equal("lunch", topic);
        Assert.False(RoomSettings.TryNormalise(RoomSettingKind.Topic, white, out _, out var whyNot));
        Assert.Contains("1 to", whyNot, StringComparison.Ordinal);
        Assert.False(RoomSettings.TryNormalise(RoomSettingKind.Topic, "lunch \U0001611E", out _, out whyNot)); // a vowel sign of Unicode 16, which composes
        Assert.Contains("too new", whyNot, StringComparison.Ordinal);
    }

    private static uint Digest(IEnumerable<Rune> runes) => runes.Aggregate(17u, (digest, rune) => (digest * 31) + (uint)rune.Value);
}
