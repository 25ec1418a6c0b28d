using System.Globalization;
using System.Text;
using Norris.Node.Tui;
using Terminal.Gui.Text;

namespace Norris.Tests.Tui;

public sealed class CellsSpec
{
    [Fact]
    public void No_character_that_acts_instead_of_being_seen_is_ever_drawn()
    {
        var drawn = Every(rune => true)
            .SelectMany(rune => Cells.Of($"a{rune}b"))
            .SelectMany(cell => cell.Text.EnumerateRunes())
            .Where(rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate)
            .Distinct();

        Assert.Empty(drawn);
    }

    [Fact]
    public void Every_cell_has_the_columns_that_terminal_gui_takes_it_for_and_one_for_each_character()
    {
        var wrong = Every(rune => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse))
            .SelectMany(rune => Cells.Of($"a{rune}b").Concat(Cells.Of(rune.ToString())).Concat(Cells.Of($"က{rune}")))
            .Where(cell => cell.Width < cell.Text.GetColumns() || cell.Width < new StringInfo(cell.Text).LengthInTextElements)
            .Select(cell => cell.Text)
            .Distinct();

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_script_is_drawn_as_it_is_written() =>
        Assert.All(Scripts.Words, words => Assert.Equal(words, string.Concat(Cells.Of(words).Select(cell => cell.Text))));

    [Theory]
    [InlineData("कि", 2)]
    [InlineData("स्त्री", 4)]
    [InlineData("ශ්\u200dරී", 2)]
    [InlineData("မာ", 2)]
    [InlineData("ស្ត្រី", 3)]
    [InlineData("👨‍👩‍👧‍👦", 8)]
    public void What_must_stay_whole_is_one_cell_with_room_for_all_of_it(string text, int width)
    {
        var cell = Cells.Of($"{text}x")[0];
        Assert.Equal((text, width, text.Length), (cell.Text, cell.Width, cell.Length));
        Assert.Equal(text.Length, Cells.LengthOfFirst($"{text}x"));
    }

    [Theory]
    [InlineData("क्")]
    [InlineData("👩\u200d")]
    [InlineData("ာ")]
    public void What_is_joined_without_end_is_cut_into_cells_that_fit(string piece)
    {
        var text = "က" + string.Concat(Enumerable.Repeat(piece, 1000));
        var cells = Cells.Of(text);
        Assert.All(cells, cell => Assert.InRange(cell.Width, 1, TuiLimits.ColumnsOfACharacter));
        Assert.Equal(text.Length, cells.Sum(cell => cell.Length));
    }

    [Theory]
    [InlineData("abc", "a b c", 3)]
    [InlineData("日本", "日 本", 4)]
    [InlineData("e\u0301x", "e\u0301 x", 2)]
    [InlineData("👋", "👋", 2)]
    [InlineData("👍🏽", "👍", 2)]
    [InlineData("🇩🇪", "🇩🇪", 2)]
    [InlineData("👩‍👩‍👧", "👩‍👩‍👧", 6)]
    [InlineData("👩\u200d x", "👩   x", 4)]
    [InlineData("ന്\u200d", "ന്", 1)]
    [InlineData("❤️", "❤", 1)]
    [InlineData("\u0301", "◌\u0301", 1)]
    [InlineData("a\u200bb", "a < U + 2 0 0 B > b", 10)]
    [InlineData("a\u200db", "a < U + 2 0 0 D > b", 10)]
    [InlineData("\u001b[0m", "< U + 0 0 1 B > [ 0 m", 11)]
    public void Characters_stay_whole_and_have_the_largest_width_of_any_terminal(string text, string cells, int width)
    {
        Assert.Equal(cells, string.Join(' ', Cells.Of(text).Select(cell => cell.Text)));
        Assert.Equal(width, Cells.WidthOf(text));
    }

    [Theory]
    [InlineData("gbeng")]
    [InlineData("gbsct")]
    [InlineData("gbwls")]
    public void A_flag_that_is_spelt_in_tags_is_one_picture(string region)
    {
        var flag = $"🏴{Tags(region)}\U000e007f";
        var cell = Cells.Of($"a{flag}b")[1];
        Assert.Equal((flag, 2, 1, flag.Length), (cell.Text, cell.Width, cell.Start, cell.Length));
        Assert.Equal(cell.Width, flag.GetColumns());
    }

    [Theory]
    [InlineData("🏴", "gbeng", "")] // without its end
    [InlineData("🏴", "attack at dawn", "\U000e007f")]
    [InlineData("a", "gbeng", "\U000e007f")]
    [InlineData("👋", "gbsct", "\U000e007f")]
    [InlineData("", "gbwls", "\U000e007f")]
    public void Tags_anywhere_else_are_named(string before, string tags, string end)
    {
        var drawn = string.Concat(Cells.Of($"{before}{Tags(tags)}{end}").Select(cell => cell.Text));
        Assert.DoesNotContain(drawn.EnumerateRunes(), rune => rune.Value is >= 0xe0000 and <= 0xe007f);
        Assert.All(tags, letter => Assert.Contains($"<U+{0xe0000 + letter:X4}>", drawn, StringComparison.Ordinal));
    }

    [Fact]
    public void Half_a_character_is_drawn_as_a_replacement() => Assert.Equal("\ufffd", Assert.Single(Cells.Of("\ud83d")).Text);

    [Fact]
    public void A_pile_of_marks_on_one_character_is_cut_down()
    {
        var cell = Assert.Single(Cells.Of("z" + new string('\u0301', 1000)));
        Assert.Equal(1 + TuiLimits.MarksOnACharacter, cell.Text.Length);
    }

    [Theory]
    [InlineData("the quick brown fox", 9, "the quick|brown fox")]
    [InlineData("the quick brown fox", 10, "the quick|brown fox")]
    [InlineData("incomprehensible", 6, "incomp|rehens|ible")]
    [InlineData("a incomprehensible", 6, "a|incomp|rehens|ible")]
    [InlineData("日本語", 5, "日本|語")]
    [InlineData("", 5, "")]
    [InlineData("12345 ", 5, "12345|")]
    public void Lines_break_at_spaces_where_they_can(string text, int width, string rows) =>
        Assert.Equal(rows, string.Join('|', Wrap.Words(Cells.Of(text), width).Select(row => string.Concat(row.Select(cell => cell.Text)))));

    private static string Tags(string text) => string.Concat(text.Select(letter => char.ConvertFromUtf32(0xe0000 + letter)));

    private static IEnumerable<Rune> Every(Func<Rune, bool> wanted)
    {
        for (var value = 0; value <= 0x10ffff; value++)
        {
            // Above the first scripts, letters are all alike here, and there are a great many.
            if (Rune.IsValid(value) && (value < 0x3100 || Rune.GetUnicodeCategory(new Rune(value)) is not (UnicodeCategory.OtherLetter
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)) && wanted(new Rune(value)))
            {
                yield return new Rune(value);
            }
        }
    }
}
