using Norris.Core.Room;

namespace Norris.Node.Tui;

/// <summary>A colour for every user: the same on every screen and in every run.</summary>
public static class Hues
{
    /// <summary>How many there are; hues are 0 … Count - 1.</summary>
    public const int Count = 12;

    public static int Of(string name)
    {
        // FNV-1a: string.GetHashCode differs from run to run.
        var hash = 2166136261u;
        foreach (var c in Names.Key(name))
        {
            hash = unchecked((hash ^ c) * 16777619u);
        }

        return (int)((hash ^ (hash >> 16)) % Count);
    }
}
