using Norris.Actors.Protocol;
using Norris.Actors.Room;

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
    public void A_name_is_kept_in_compatibility_form(string wanted, string name)
    {
        Assert.True(Names.TryNormalise(wanted, out var normal, out var whyNot), whyNot);
        Assert.Equal(name, normal);
    }

    [Theory]
    [InlineData("", "1 to 32")]
    [InlineData("ann smith", "U+0020")]
    [InlineData("ann\u00a0smith", "U+0020")]
    [InlineData("ann\t", "U+0009")]
    [InlineData("ann\n", "U+000A")]
    [InlineData("\u001b[31mann", "U+001B")]
    [InlineData("ann\u200b", "U+200B")]
    [InlineData("\u202eann", "U+202E")]
    [InlineData("ann\u2028", "U+2028")]
    [InlineData("ann\ufeff", "U+FEFF")]
    [InlineData("ann\ue000", "U+E000")]
    public void What_cannot_be_seen_or_said_is_no_name_and_the_reason_is_told(string wanted, string reason)
    {
        Assert.False(Names.TryNormalise(wanted, out _, out var whyNot));
        Assert.Contains(reason, whyNot, StringComparison.Ordinal);
        Assert.DoesNotContain(whyNot, char.IsControl);
    }

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
}
