using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>On the event stream: this node's process is proven to be gone.</summary>
internal sealed record NodeDied(NodeId Node);

/// <summary>On the event stream: this node hears that one no more, whose device was put out. It counts as gone.</summary>
internal sealed record CutOff(NodeId Node);
