namespace Norris.Actors;

/// <summary>A room did not do what was asked of it; the message says why, in a sentence that people may read.</summary>
/// <param name="message">Why.</param>
public sealed class RoomException(string message) : Exception(message);
