using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>On the event stream: this node's process is proven to be gone.</summary>
internal sealed record NodeDied(NodeId Node);
