using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>On the event stream: this node's process is proven to be gone.</summary>
internal sealed record NodeDied(NodeId Node);

/// <summary>On the event stream: this device was put out, so that its node has no place in the room any more.</summary>
internal sealed record PutOut(string Why);

/// <summary>On the event stream: this node hears that one no more, whose device was put out. It counts as gone.</summary>
internal sealed record CutOff(NodeId Node);
