namespace Norris.Actors.Transport;

/// <summary>Parts that several of Akka's messages have.</summary>
internal static class Shapes
{
    /// <summary>The first field, where it is a message.</summary>
    public static bool First(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> value)
    {
        var first = ReadOnlySpan<byte>.Empty;
        var isFirst = false;
        var fields = new ProtoReader(message);

        // Gossip has lists; its sender is none.
        while (fields.Next(lists: ~(1UL << 1)))
        {
            if (fields is { Field: 1, IsBytes: true })
            {
                first = fields.Bytes;
                isFirst = true;
            }
        }

        value = first;
        return isFirst && !fields.IsBroken;
    }

    /// <summary>A step down to a child of this name: no step up, no pattern.</summary>
    public static bool IsName(ReadOnlySpan<byte> step, out ReadOnlySpan<byte> name)
    {
        const ulong ChildName = 2;
        var type = 0UL;
        var matcher = ReadOnlySpan<byte>.Empty;
        var fields = new ProtoReader(step);
        while (fields.Next())
        {
            type = fields.Field == 1 ? fields.Number : type;
            matcher = fields.Field == 2 ? fields.Bytes : matcher;
        }

        name = matcher;
        return !fields.IsBroken && type == ChildName && !matcher.Contains((byte)'/');
    }

    /// <summary>Whether this is a reference to an actor, within bounds: its path.</summary>
    public static bool IsPath(ReadOnlySpan<byte> actorRef, out ReadOnlySpan<byte> path)
    {
        var fields = new ProtoReader(actorRef);
        var isPath = fields.Next() && fields is { Field: 1, IsBytes: true };
        path = fields.Bytes;
        return isPath && path.Length <= TransportLimits.PathBytes && !fields.Next() && !fields.IsBroken;
    }

    /// <summary>Whether a path is an address's root, and no actor below it.</summary>
    public static bool IsRoot(ReadOnlySpan<byte> path)
    {
        var address = path.IndexOf("://"u8);
        return address >= 0 && path[(address + 3)..].IndexOf((byte)'/') == path.Length - address - 4;
    }
}
