using System.Runtime.Serialization;
using Akka.Event;
using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class StderrLoggerSpec
{
    private const string Escapes = "\u001b]0;OWNED\u0007\u001b[2J\r\nWARN nothing\u202e";

    [Fact]
    public void What_others_write_reaches_the_terminal_as_one_line_that_acts_on_nothing()
    {
        var line = StderrLogger.Line(new Error(new SerializationException(Escapes), Escapes, typeof(string), $"said {Escapes}"));

        Assert.DoesNotContain(line, char.IsControl);
        Assert.DoesNotContain('\u202e', line);
        Assert.Contains("<U+001B>]0;OWNED", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cause_is_told_without_its_stack()
    {
        var line = StderrLogger.Line(new Error(Thrown(), "here", typeof(string), "it failed"));

        Assert.EndsWith("ERROR here: it failed: InvalidOperationException: because", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_has_an_end() => Assert.InRange(StderrLogger.Line(new Warning("here", typeof(string), new string('x', 1_000_000))).Length, 100, 1100);

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("because");
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }
}
