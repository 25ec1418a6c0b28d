namespace Norris.Node.Screens;

/// <summary>What <c>--ui</c> chooses among.</summary>
public enum ScreenKind
{
    Tui,
    Line,
    Json,
}
