namespace Norris.Node.Archive;

/// <summary>How an archive is doing, to be told to the users of its node.</summary>
public abstract record ArchiveStatus
{
    private ArchiveStatus()
    {
    }

    /// <summary>All is written soon after it happens.</summary>
    public sealed record Recording : ArchiveStatus;

    /// <summary>The store is slower than the room.</summary>
    public sealed record Behind(int Waiting) : ArchiveStatus;

    /// <summary>The store does not take anything now; it is tried again.</summary>
    /// <param name="Lost">How many entries the queue had to give up so far; they are to be filled from peers.</param>
    public sealed record Failing(StoreFault Fault, string Why, int Waiting, long Lost) : ArchiveStatus;

    /// <summary>Nothing more is written until a person has looked at it, for trying again cannot help.</summary>
    public sealed record Stopped(StoreFault Fault, string Why) : ArchiveStatus;
}
