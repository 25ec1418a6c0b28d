using Norris.Lab.Demo;
using Norris.Node.Session;
using Spectre.Console;

namespace Norris.Tests.Demo;

public sealed class DemoPictureSpec
{
    [Theory]
    [InlineData(80, 23, 5, 3)]
    [InlineData(80, 23, 20, 100)]
    [InlineData(80, 23, 2, 0)]
    [InlineData(60, 17, 5, 3)]
    [InlineData(200, 60, 8, 9)]
    public void The_picture_fills_its_room_and_no_more(int width, int height, int nodes, int kills)
    {
        var rows = Draw(Some(nodes, kills), width, height);
        Assert.Equal(height, rows.Length);
        Assert.All(rows, row => Assert.True(row.Length <= width, row));
    }

    [Fact]
    public void Eighty_by_twenty_four_shows_all_that_counts()
    {
        var picture = string.Join('\n', Draw(Some(5, 3), 80, 23));
        foreach (var part in (string[])["host node4", "epoch 7", "0.42 s", "node0", "127.0.0.1:40000", "hosts", "message 3", "lost 0", "3 of 3", "5 here"])
        {
            Assert.Contains(part, picture, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_first_violation_is_shown()
    {
        var picture = string.Join('\n', Draw(Some(5, 3) with { Lost = 2, FirstViolation = "Lost: [all] of it" }, 80, 23));
        Assert.Contains("lost 2", picture, StringComparison.Ordinal);
        Assert.Contains("Lost: [all] of it", picture, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_was_said_acts_on_the_terminal()
    {
        var picture = string.Join('\n', Draw(Some(3, 1) with { Messages = [new DemoMessage(1, "eve", "\u001b[2J[red]boo[/]\n\n")] }, 80, 23));
        Assert.DoesNotContain('\u001b', picture);
        Assert.Contains("[red]boo[/]", picture, StringComparison.Ordinal);
    }

    private static string[] Draw(DemoState state, int width, int height)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        console.Profile.Height = height + 1;
        console.Write(new FixedHeight(DemoPicture.Draw(state, SafeText.OneLine, width, height), height));
        return output.ToString().TrimEnd('\n').Split('\n');
    }

    private static DemoState Some(int nodes, int kills) => new(
        TimeSpan.FromSeconds(75),
        "everybody talks",
        $"node{nodes - 1}",
        7,
        [
            .. Enumerable.Range(0, kills).Select(i => new DemoNode($"dead{i}", $"127.0.0.1:{30000 + i}", "killed", 100)),
            .. Enumerable.Range(0, nodes).Select(i => new DemoNode($"node{i}", $"127.0.0.1:{40000 + i}", i == nodes - 1 ? "hosts" : "here", 12_345)),
        ],
        nodes,
        [.. Enumerable.Range(0, kills).Select(i => new DemoKill(i + 1, $"dead{i}", $"dead{i + 1}", i + 2, TimeSpan.FromSeconds(0.42)))],
        kills,
        [.. Enumerable.Range(1, 3).Select(i => new DemoMessage(i, "node0", $"message {i}"))],
        3,
        1.5,
        1000,
        0,
        0,
        0,
        null);
}
