using Akka.Actor;

namespace Norris.Actors.Transport;

/// <summary>
/// Published to the event stream: this node has called an address, and the node there goes by another one. It hears nobody who calls it so.
/// </summary>
/// <param name="Called">The address.</param>
/// <param name="By">What the node there says of itself, as in <c>192.168.1.7:4053</c>. Anybody may say anything.</param>
public sealed record AnotherAnswers(Address Called, string By);
