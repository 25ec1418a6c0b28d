namespace Norris.Node.Screens;

/// <summary>A room's name and topic, as screens show them together.</summary>
internal static class RoomTitle
{
    /// <summary>Empty: the room has neither.</summary>
    public static string Of(string name, string topic) => string.Join(": ", new[] { name, topic }.Where(part => part.Length > 0));
}
