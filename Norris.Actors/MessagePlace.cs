using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>Where a message stands in the order.</summary>
/// <param name="Id">The message.</param>
/// <param name="Number">Its number; null where it got its place while this node was cut off: it is in the order, and the node has not seen where.</param>
public readonly record struct MessagePlace(MessageId Id, SequenceNumber? Number);
