using System.Diagnostics;
using Terminal.Gui.App;
using Terminal.Gui.Drawing;
using Terminal.Gui.Drivers;
using Terminal.Gui.Input;
using Terminal.Gui.ViewBase;
using Terminal.Gui.Views;
using Attribute = Terminal.Gui.Drawing.Attribute;

namespace Norris.Node.Tui;

/// <summary>
/// Keys in, frames out. Only this type and <see cref="TerminalInput"/> know Terminal.Gui, so that it is loaded for this screen only.
/// </summary>
internal static class TuiDriver
{
    /// <summary>Draws at most so often; between two pictures, keys and events gather.</summary>
    private const ushort TurnsPerSecond = 50;

    /// <summary>Each turn costs a little, also one that does nothing. When nothing has happened for so long, the next one waits for something.</summary>
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(1);

    /// <summary>But no longer than this: nobody tells of a resized terminal.</summary>
    private static readonly TimeSpan IdleTurnEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a dying process waits for this thread to give the terminal back.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

    /// <summary>Runs the loop on this thread until it is over; on every way out the terminal is as it was.</summary>
    public static void Run(TuiLoop loop)
    {
        Application.MaximumIterationsPerSecond = TurnsPerSecond;
        var isEnding = false;
        using var restored = new ManualResetEventSlim();
        var app = TerminalInput.NewApplication(loop.Wake);
        AppDomain.CurrentDomain.UnhandledException += OnEnd;
        AppDomain.CurrentDomain.ProcessExit += OnEnd;
        try
        {
            app.Init(DriverRegistry.Names.ANSI);

            // Its own keys (Escape quits, Ctrl+Z stops the process and with it the node) are not wanted here.
            app.Keyboard.KeyBindings.Clear();
            using var canvas = new Canvas(app, loop);
            using var continued = TerminalMode.KeepAcrossStops(canvas.Redraw);
            app.Run(canvas);
        }
        finally
        {
            app.Dispose();
            restored.Set();
            if (Volatile.Read(ref isEnding))
            {
                // The process ends at any moment; nothing may go on as if it did not.
                Thread.Sleep(System.Threading.Timeout.Infinite);
            }

            AppDomain.CurrentDomain.UnhandledException -= OnEnd;
            AppDomain.CurrentDomain.ProcessExit -= OnEnd;
        }

        // An exception, or an exit, on another thread ends the process without unwinding this one.
        void OnEnd(object? sender, EventArgs e)
        {
            Volatile.Write(ref isEnding, true);
            loop.Stop();
            if (!restored.Wait(EndPatience))
            {
                app.Dispose();
            }
        }
    }

    /// <summary>What a key means here; null: nothing.</summary>
    internal static TuiInput? Read(Key key)
    {
        TuiKey? pressed = key.KeyCode switch
        {
            KeyCode.Enter => TuiKey.Enter,
            KeyCode.Enter | KeyCode.AltMask or KeyCode.M | KeyCode.CtrlMask | KeyCode.AltMask or KeyCode.J | KeyCode.CtrlMask or KeyCode.Enter | KeyCode.ShiftMask => TuiKey.NewLine,
            KeyCode.Tab => TuiKey.Tab,
            KeyCode.Backspace => TuiKey.Backspace,
            KeyCode.Delete => TuiKey.Delete,
            KeyCode.CursorLeft => TuiKey.Left,
            KeyCode.CursorRight => TuiKey.Right,
            KeyCode.CursorUp => TuiKey.Up,
            KeyCode.CursorDown => TuiKey.Down,
            KeyCode.CursorLeft | KeyCode.CtrlMask or KeyCode.B | KeyCode.AltMask => TuiKey.WordLeft,
            KeyCode.CursorRight | KeyCode.CtrlMask or KeyCode.F | KeyCode.AltMask => TuiKey.WordRight,
            KeyCode.Home or KeyCode.A | KeyCode.CtrlMask => TuiKey.Home,
            KeyCode.End or KeyCode.E | KeyCode.CtrlMask => TuiKey.End,
            KeyCode.PageUp => TuiKey.PageUp,
            KeyCode.PageDown => TuiKey.PageDown,
            KeyCode.Home | KeyCode.CtrlMask => TuiKey.Top,
            KeyCode.End | KeyCode.CtrlMask => TuiKey.Bottom,
            KeyCode.W | KeyCode.CtrlMask or KeyCode.Backspace | KeyCode.CtrlMask or KeyCode.Backspace | KeyCode.AltMask
                or KeyCode.H | KeyCode.CtrlMask | KeyCode.AltMask => TuiKey.CutWord,
            KeyCode.U | KeyCode.CtrlMask => TuiKey.CutToStart,
            KeyCode.K | KeyCode.CtrlMask => TuiKey.CutToEnd,
            KeyCode.Esc => TuiKey.Escape,
            KeyCode.C | KeyCode.CtrlMask => TuiKey.Interrupt,
            KeyCode.D | KeyCode.CtrlMask => TuiKey.EndOfInput,
            KeyCode.Z | KeyCode.CtrlMask => TuiKey.Suspend,
            _ => null,
        };
        if (pressed is { } known)
        {
            return new TuiInput.Pressed(known);
        }

        var text = key.GetPrintableText();
        return text.Length > 0 && !char.IsControl(text[0]) ? new TuiInput.Typed(text) : null;
    }

    private sealed class Canvas : Runnable
    {
        private readonly IApplication _app;
        private readonly TuiLoop _loop;
        private readonly bool _colours = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        private Frame? _drawn;
        private long _busyAt;
        private volatile bool _isSpoilt;

        public Canvas(IApplication app, TuiLoop loop)
        {
            _app = app;
            _loop = loop;
            BorderStyle = LineStyle.None;
            app.Iteration += OnIteration;
            app.Keyboard.KeyDown += OnKey;
            app.Paste += OnPaste;
        }

        /// <summary>Somebody else may have written on the terminal: draws all of it anew. From any thread.</summary>
        public void Redraw() => _isSpoilt = true;

        private void OnIteration(object? sender, EventArgs<IApplication?> e)
        {
            var resized = _app.Screen.Width != _loop.Model.Width || _app.Screen.Height != _loop.Model.Height;
            if (_isSpoilt)
            {
                _isSpoilt = false;
                _drawn = null;
                _app.ClearScreenNextIteration = true;
            }

            if (resized)
            {
                _loop.Input(new TuiInput.Resized(_app.Screen.Width, _app.Screen.Height));
                _drawn = null;
            }

            if (_loop.Turn() || _drawn is null)
            {
                SetNeedsDraw(); // the room is looked at now and then, and mostly looks the same: that alone keeps nobody busy
            }

            for (; _loop.Bells > 0; _loop.Bells--)
            {
                _app.Driver?.GetOutput().Write("\a");
            }

            if (_loop.IsOver)
            {
                _app.RequestStop(this);
            }
            else if (Stopwatch.GetElapsedTime(_busyAt) >= IdleAfter && _loop.WaitForMore(IdleTurnEvery))
            {
                _busyAt = Stopwatch.GetTimestamp(); // also for half a key, which is known to be one only later
            }
        }

        private void Show()
        {
            _busyAt = Stopwatch.GetTimestamp();
            SetNeedsDraw();
        }

        private void OnPaste(object? sender, PasteEventArgs e)
        {
            e.Handled = true;
            _loop.Input(new TuiInput.Pasted(e.Text));
            Show();
        }

        private void OnKey(object? sender, Key key)
        {
            key.Handled = true;
            if (Read(key) is { } input)
            {
                _loop.Input(input);
                Show();
            }
        }

        protected override bool OnMouseEvent(Mouse mouse)
        {
            var key = mouse.Flags.HasFlag(MouseFlags.WheeledUp) ? TuiKey.WheelUp
                : mouse.Flags.HasFlag(MouseFlags.WheeledDown) ? TuiKey.WheelDown
                : (TuiKey?)null;
            if (key is { } wheel)
            {
                _loop.Input(new TuiInput.Pressed(wheel));
                Show();
            }

            return true;
        }

        // Every row is drawn whole, so nothing has to be cleared first; and what did not change is not sent again.
        protected override bool OnClearingViewport() => true;

        protected override bool OnDrawingContent(DrawContext? context)
        {
            var frame = TuiDraw.Of(_loop.Model);
            var buffer = _app.Driver!.GetOutputBuffer();
            for (var y = 0; y < frame.Rows.Count; y++)
            {
                if (_drawn is not null && y < _drawn.Rows.Count && _drawn.Rows[y].Equals(frame.Rows[y]))
                {
                    continue;
                }

                _busyAt = Stopwatch.GetTimestamp();
                var x = 0;
                foreach (var glyph in frame.Rows[y].Glyphs)
                {
                    TerminalOutput.Put(buffer, x, y, glyph, Look(glyph));
                    x += glyph.Width;
                }
            }

            _drawn = frame;
            Cursor = new Cursor { Position = new System.Drawing.Point(frame.CursorX, frame.CursorY), Style = CursorStyle.SteadyBar };
            return true;
        }

        /// <summary>The terminal's own background stays, so the colours are of a middle lightness that reads on black and on white.</summary>
        private Attribute Look(Glyph glyph) => glyph.Tone switch
        {
            Tone.Dim => new Attribute(Colour(128, 128, 128), Color.None, TextStyle.None),
            Tone.News => new Attribute(Colour(128, 128, 128), Color.None, TextStyle.Italic),
            Tone.Pending => new Attribute(Colour(128, 128, 128), Color.None, TextStyle.Faint),
            Tone.Name => new Attribute(Hue(glyph.Hue), Color.None, TextStyle.Bold),
            Tone.Mention => new Attribute(Colour(200, 120, 0), Color.None, TextStyle.Bold),
            Tone.Warning => new Attribute(Colour(215, 70, 60), Color.None, TextStyle.Bold),
            Tone.Heading or Tone.Prompt => new Attribute(Color.None, Color.None, TextStyle.Bold),
            Tone.Mark => new Attribute(Colour(40, 140, 200), Color.None, TextStyle.Bold),
            Tone.Bar => _colours ? new Attribute(new Color(235, 235, 235), new Color(40, 70, 110)) : new Attribute(Color.None, Color.None, TextStyle.Reverse),
            Tone.BarAlert => _colours
                ? new Attribute(new Color(255, 255, 255), new Color(170, 30, 30), TextStyle.Bold)
                : new Attribute(Color.None, Color.None, TextStyle.Reverse | TextStyle.Bold),
            _ => new Attribute(Color.None, Color.None),
        };

        private Color Colour(int red, int green, int blue) => _colours ? new Color(red, green, blue) : Color.None;

        private Color Hue(int hue) => hue switch
        {
            0 => Colour(205, 80, 70),
            1 => Colour(190, 110, 20),
            2 => Colour(150, 130, 0),
            3 => Colour(100, 145, 30),
            4 => Colour(40, 150, 70),
            5 => Colour(0, 150, 130),
            6 => Colour(0, 145, 175),
            7 => Colour(40, 130, 215),
            8 => Colour(100, 115, 230),
            9 => Colour(150, 100, 220),
            10 => Colour(190, 85, 190),
            _ => Colour(205, 80, 135),
        };
    }
}
