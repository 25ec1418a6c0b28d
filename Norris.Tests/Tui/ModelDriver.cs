using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

/// <summary>A model with its inputs spelled as what people do.</summary>
internal sealed class ModelDriver
{
    public static readonly DateTimeOffset Now = new(2026, 3, 14, 9, 26, 53, TimeSpan.Zero);
    private static readonly UserId Bob = new(2);
    private long _seq;

    public ModelDriver(int width = 80, int height = 24, long firstSeq = 1)
    {
        Do(new TuiInput.Resized(width, height));
        Do(new TuiInput.Happened(new WelcomeEvent("alice", "a:1", "h:1", "room", 1, firstSeq, ["alice"]), Now));
    }

    public TuiModel Model { get; private set; } = new(TimeZoneInfo.Utc);

    public List<TuiCommand> Commands { get; } = [];

    public Frame Frame => TuiDraw.Of(Model);

    public string[] Screen => [.. Frame.Rows.Select(row => row.Text)];

    public string Status => Screen[^2];

    public string InputRow => Screen[^1];

    public ModelDriver Do(TuiInput input)
    {
        (Model, var commands) = Model.Update(input);
        Commands.AddRange(commands);
        return this;
    }

    public ModelDriver Type(string text) => Do(new TuiInput.Typed(text));

    public ModelDriver Press(params TuiKey[] keys)
    {
        foreach (var key in keys)
        {
            Do(new TuiInput.Pressed(key));
        }

        return this;
    }

    /// <summary>Types a line, and has the session take it where it asks for that.</summary>
    public ModelDriver Say(string text, long counter = 1)
    {
        Type(text).Press(TuiKey.Enter);
        if (Commands.LastOrDefault() is TuiCommand.Say say)
        {
            Do(new TuiInput.Answered(say.Text, new SayResult(new MessageId(new UserId(1), counter), null), Now));
        }

        return this;
    }

    public ModelDriver Hear(string text, string user = "bob", MessageId? id = null)
    {
        _seq++;
        var at = Now.AddSeconds(_seq).ToUnixTimeMilliseconds();
        return Happen(new SaidEvent(_seq, 1, (ulong)_seq << 40, id ?? new MessageId(Bob, _seq), user, text, at, at));
    }

    public ModelDriver Happen(ChatEvent happened) => Do(new TuiInput.Happened(happened, Now));

    public ModelDriver Hears(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            Hear($"message {i}");
        }

        return this;
    }

    public IEnumerable<Tone> TonesOf(string text)
    {
        var row = Frame.Rows.Single(row => row.Text.Contains(text, StringComparison.Ordinal));
        var at = row.Text.IndexOf(text, StringComparison.Ordinal);
        return row.Glyphs.Skip(at).Take(text.Length).Select(glyph => glyph.Tone).Distinct();
    }
}
