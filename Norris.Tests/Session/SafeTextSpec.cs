using Norris.Node.Session;

namespace Norris.Tests.Session;

public class SafeTextSpec
{
    [Theory]
    [InlineData("\u001b[2J", "<U+001B>[2J")]
    [InlineData("\u001b]0;title\u0007", "<U+001B>]0;title<U+0007>")]
    [InlineData("a\0b", "a<U+0000>b")]
    [InlineData("\u007f", "<U+007F>")]
    [InlineData("\u009b31m", "<U+009B>31m")]
    [InlineData("a\u202eb", "a<U+202E>b")]
    [InlineData("\u2066x\u2069", "<U+2066>x<U+2069>")]
    [InlineData("x\u206ay", "x<U+206A>y")]
    [InlineData("a\U000e0041\U000e007fb", "a<U+E0041><U+E007F>b")] // tags hide text
    [InlineData("🏴\U000e0061\U000e0062", "🏴<U+E0061><U+E0062>")] // and this is no flag
    [InlineData("\U000e0001\U000e0fff", "<U+E0001><U+E0FFF>")]
    [InlineData("one\ntwo", "one<U+000A>two")]
    [InlineData("one\u2028two", "one<U+2028>two")]
    [InlineData("a\tb", "a    b")]
    public void What_could_act_on_a_terminal_is_named_instead(string text, string shown) => Assert.Equal(shown, SafeText.OneLine(text));

    [Fact]
    public void An_unpaired_surrogate_becomes_the_replacement_character()
    {
        // Not in the table above: attributes are stored in UTF-8, which has no such thing.
        Assert.Equal("a\ufffdb", SafeText.OneLine("a\ud800b"));
        Assert.Equal("b\ufffd", SafeText.OneLine("b\udc00"));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("Grüße, 世界, привет")]
    [InlineData("葛\U000e0100城")] // which of its forms a character has
    [InlineData("👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿")]
    [InlineData("<U+001B>")]
    public void What_is_harmless_stays_as_it_is(string text) => Assert.Equal(text, SafeText.OneLine(text));

    [Theory]
    [InlineData("one\r\ntwo\rthree\nfour")]
    [InlineData("one\u2028two\u2029three\u0085four")]
    public void Every_kind_of_line_break_breaks_lines(string text) => Assert.Equal(["one", "two", "three", "four"], SafeText.Lines(text));

    [Fact]
    public void No_character_of_Unicode_gets_through_that_a_terminal_could_obey()
    {
        for (var value = 0; value <= 0x10ffff; value++)
        {
            if (!System.Text.Rune.IsValid(value))
            {
                continue;
            }

            var shown = SafeText.OneLine(new System.Text.Rune(value).ToString());
            Assert.DoesNotContain(shown, c => char.IsControl(c) || SafeText.ActingFormats.Contains(c));
        }
    }
}
