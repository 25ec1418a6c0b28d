using Norris.Core.Protocol;

namespace Norris.Actors.Wire;

/// <summary>
/// What actors of different nodes send each other: a message, and the node that it comes from. It is encoded when it first leaves the node and
/// then kept, so sending the same one to many nodes costs one encoding, and sending it within the node costs none.
/// </summary>
internal sealed class FromNode(NodeId from, Message message)
{
    private byte[]? _encoded;
    private object? _encoding;

    public NodeId From { get; } = from;

    public Message Message { get; } = message;

    /// <summary>The frame. Every caller gets the same array, and none may write to it. Any thread may call.</summary>
    /// <exception cref="System.Runtime.Serialization.SerializationException">The message has no place on the wire, or is too large for it.</exception>
    public byte[] Encoded => LazyInitializer.EnsureInitialized(ref _encoded, ref _encoding, () => WireWriter.Write(this));

    public override string ToString() => $"{Message} from {From}";
}
