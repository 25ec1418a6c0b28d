using Akka.Actor;

namespace Norris.Actors.Transport;

/// <summary>
/// Asks the transport to close all connections with a node, so that both begin anew. Akka.Remote can come to read none of the connections that another
/// node writes to, and neither side notices, since both are content with them: there were two for a while, one of them ended, and it was the one that was read.
/// </summary>
internal sealed record BeginAnew(Address With);
