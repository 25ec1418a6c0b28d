namespace Norris.Tests.ModelCheck;

/// <summary>The kinds of things that can happen next.</summary>
internal enum MoveKind : byte
{
    /// <summary>The first message of a link arrives.</summary>
    Arrives,

    /// <summary>The first message of a link is lost.</summary>
    IsLost,

    /// <summary>A node sees the next change of the cluster.</summary>
    Sees,

    Says,
    Leaves,

    /// <summary>It has said goodbye, and its process ends.</summary>
    Exits,

    /// <summary>It dies, with proof.</summary>
    Crashes,

    /// <summary>Its cable is cut: nobody reaches it, and it reaches nobody.</summary>
    IsCutOff,

    StandsStill,

    /// <summary>It runs again, or its cable is whole again.</summary>
    GoesOn,

    /// <summary>Its sequencer's actor restarts.</summary>
    RestartsSequencer,

    /// <summary>A while passes in which nothing happens: everything arrives, and every timer that is due rings.</summary>
    TimePasses,

    // ---- only in a calm ----

    /// <summary>A little time passes.</summary>
    Ticks,

    /// <summary>Taken out, it ends itself, and comes back as somebody else: that proves it gone.</summary>
    EndsItself,
}

/// <summary>One thing that can happen next.</summary>
/// <param name="Kind">What.</param>
/// <param name="Node">To whom.</param>
/// <param name="From">Of a message: from whom.</param>
/// <param name="ToSequencer">Of a message: to the sequencer of that node, else to its replica.</param>
internal readonly record struct Move(MoveKind Kind, byte Node = 0, byte From = 0, bool ToSequencer = false);

/// <summary>How often which move may still be made.</summary>
internal readonly record struct Budget(byte Says, byte Crashes, byte Losses, byte Cuts, byte Restarts, byte Leaves, byte Stops, byte Waits)
{
    public ulong Fingerprint =>
        Says | ((ulong)Crashes << 8) | ((ulong)Losses << 16) | ((ulong)Cuts << 24) | ((ulong)Restarts << 32) | ((ulong)Leaves << 40) | ((ulong)Stops << 48) | ((ulong)Waits << 56);
}
