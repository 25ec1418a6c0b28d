namespace Norris.Node.Screens;

/// <summary>What screens say of a room's settings.</summary>
internal static class RoomTitle
{
    /// <summary>Its name and topic, together; empty: the room has neither.</summary>
    public static string Of(string name, string topic) => string.Join(": ", new[] { name, topic }.Where(part => part.Length > 0));

    /// <summary>What all are told on coming in, where others will read it.</summary>
    public static string Last(int count) => $"what is said here is shown to who comes in later: the last {LineScreen.Count(count, "message", "messages")}";
}
