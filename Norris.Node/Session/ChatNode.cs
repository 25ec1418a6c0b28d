namespace Norris.Node.Session;

/// <summary>Starts nodes.</summary>
public static class ChatNode
{
    /// <summary>Starts a node and brings its user in. Throws <see cref="NodeStartException"/> where that cannot be, within 15 s.</summary>
    public static Task<IChatNode> Start(NodeSettings settings, CancellationToken cancel) =>
        throw new NodeStartException("this build has no cluster yet");
}
