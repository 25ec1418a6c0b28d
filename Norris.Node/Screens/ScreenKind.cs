namespace Norris.Node.Screens;

/// <summary>What <c>--ui</c> chooses among.</summary>
public enum ScreenKind
{
    Tui,
    Line,
    Json,

    /// <summary>Nobody looks: the node is a service.</summary>
    None,
}
