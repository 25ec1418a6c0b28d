namespace Norris.Actors.Transport;

/// <summary>
/// Asks the transport to tell every node that this one shuts down, to close all connections when that is written, and to open no others. Akka.Remote (1.5)
/// means to do the same when its actor system terminates, but stops the actors that are to say it at the same time, and the stop often wins: the others then
/// log a failed association and an error.
/// </summary>
internal sealed record SayGoodbye;
