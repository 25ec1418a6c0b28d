namespace Norris.Actors;

/// <summary>A room did not do what was asked of it; the message says why, in a sentence that people may read.</summary>
/// <param name="message">Why.</param>
public sealed class RoomException(string message) : Exception(message)
{
    /// <summary>Whether it is of no use to try again: this device was put out.</summary>
    public bool IsForGood { get; init; }
}
