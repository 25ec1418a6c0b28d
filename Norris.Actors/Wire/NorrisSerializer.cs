using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Norris.Actors.Wire;

/// <summary>Puts <see cref="FromNode"/> on the network, in the form that norris.proto describes, and takes it off again. Nothing else passes.</summary>
internal sealed class NorrisSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Known to every node; 0 to 40 are Akka's own.</summary>
    public override int Identifier => 4053;

    /// <exception cref="SerializationException">The object has no place on the wire.</exception>
    public override string Manifest(object o) => Kind.Of(Check(o).Message).Manifest;

    /// <exception cref="SerializationException">The object has no place on the wire, or is too large for it.</exception>
    public override byte[] ToBinary(object obj) => Check(obj).Encoded;

    /// <exception cref="SerializationException">The bytes are not a well-formed message of this version, within its bounds.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => WireReader.Read(bytes, Kind.Of(manifest));

    private static FromNode Check(object obj) =>
        obj as FromNode ?? throw new SerializationException($"{obj?.GetType().ToString() ?? "null"} has no place on the wire.");
}
