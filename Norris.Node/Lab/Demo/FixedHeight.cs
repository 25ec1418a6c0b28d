using Spectre.Console.Rendering;

namespace Norris.Lab.Demo;

/// <summary>Gives a layout this many rows, where it would take all that the terminal has.</summary>
internal sealed class FixedHeight(IRenderable inner, int rows) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options with { Height = rows }, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options with { Height = rows }, maxWidth);
}
