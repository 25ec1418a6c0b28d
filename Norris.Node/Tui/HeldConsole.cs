namespace Norris.Node.Tui;

/// <summary>
/// While the screen is drawn, what anything else in the process prints would land in the middle of it. It is held back, and printed to
/// stderr once the terminal is free again: the last of it, within a bound.
/// </summary>
internal sealed class HeldConsole : IDisposable
{
    private const int KeptChars = 16 * 1024;
    private readonly TextWriter _out = Console.Out;
    private readonly TextWriter _error = Console.Error;
    private readonly LastWords _held = new();

    public HeldConsole()
    {
        var writer = TextWriter.Synchronized(_held);
        Console.SetOut(writer);
        Console.SetError(writer);
    }

    public void Dispose()
    {
        Console.SetOut(_out);
        Console.SetError(_error);
        _error.Write(_held.ToString());
    }

    private sealed class LastWords : StringWriter
    {
        public override void Write(char value)
        {
            base.Write(value);
            Trim();
        }

        public override void Write(string? value)
        {
            base.Write(value);
            Trim();
        }

        public override void Write(char[] buffer, int index, int count)
        {
            base.Write(buffer, index, count);
            Trim();
        }

        private void Trim()
        {
            var text = GetStringBuilder();
            if (text.Length > 2 * KeptChars)
            {
                text.Remove(0, text.Length - KeptChars);
            }
        }
    }
}
