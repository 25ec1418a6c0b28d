using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Norris.Actors.Wire;

/// <summary>
/// Stands where Akka has a serializer that builds whatever type the sender names, and refuses both ways. Being one with string manifests, it
/// is asked before Akka looks for the type. hocon/hardening.hocon installs one for each of them.
/// </summary>
internal abstract class RefusingSerializer : SerializerWithStringManifest
{
    private readonly string _what;

    private RefusingSerializer(ExtendedActorSystem system, int identifier, string what)
        : base(system)
    {
        Identifier = identifier;
        _what = what;
    }

    public override int Identifier { get; }

    public override string Manifest(object o) => throw RefuseToSend(o);

    public override byte[] ToBinary(object obj) => throw RefuseToSend(obj);

    // The manifest is the sender's, and this text ends in a log: it is not repeated.
    public override object FromBinary(byte[] bytes, string manifest) => throw new SerializationException(
        $"Refused {_what} from the network: Norris takes its own messages and those of Akka's cluster, and builds no type that the sender names.");

    private SerializationException RefuseToSend(object? obj) => new(
        $"Refused to send {obj?.GetType().ToString() ?? "null"} over the network as {_what}: what nodes say to each other goes as {nameof(FromNode)}.");

    /// <summary>In the place of Newtonsoft's JSON, Akka's answer for every type without a serializer.</summary>
    internal sealed class Json : RefusingSerializer
    {
        // Akka hands the settings of the serializer that this one replaces to it, and finds no other constructor.
        public Json(ExtendedActorSystem system, Config _)
            : base(system, 1, "JSON")
        {
        }
    }

    /// <summary>In the place of Akka's serializer for bare Protobuf messages, which calls the constructor of any type named.</summary>
    internal sealed class Protobuf(ExtendedActorSystem system) : RefusingSerializer(system, 2, "a bare Protobuf message");

    /// <summary>In the place of the serializer for remote deployment, which starts an actor of any type named.</summary>
    internal sealed class RemoteDeployment(ExtendedActorSystem system) : RefusingSerializer(system, 3, "an order to start an actor");
}
