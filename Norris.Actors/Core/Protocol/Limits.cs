namespace Norris.Core.Protocol;

/// <summary>Bounds that are part of the protocol: every node must have the same ones. What a person may tune is in <see cref="ProtocolOptions"/>.</summary>
public static class Limits
{
    /// <summary>The version of the wire. A node of another version is refused.</summary>
    public const int WireVersion = 7;

    /// <summary>The longest message, in bytes of UTF-8.</summary>
    public const int TextBytes = 16 * 1024;

    /// <summary>The longest reaction, in bytes of UTF-8: a family of four is 25, a kiss with two colours of skin 35.</summary>
    public const int ReactionBytes = 64;

    /// <summary>The longest name, in UTF-16 units after normalisation.</summary>
    public const int NameLength = 32;

    /// <summary>The longest topic of a room, in UTF-16 units after normalisation.</summary>
    public const int TopicLength = 200;

    /// <summary>The most messages that who comes in may be shown, where nobody keeps an archive.</summary>
    public const int LastMessages = 200;

    /// <summary>The longest block of messages of one user, in bytes of encoded texts.</summary>
    public const int BlockBytes = 32 * 1024;

    /// <summary>What one batch or page may hold before the next one is begun, in bytes.</summary>
    public const int PageBytes = 64 * 1024;

    /// <summary>How long half of a membership must not have heard of the rest before it may decide alone, in milliseconds.</summary>
    public const long TieAfter = 2000;

    /// <summary>
    /// How old the last proof may be that the others were still with this half when they died, in milliseconds. Shorter than
    /// <see cref="TieAfter"/>: then they cannot have decided alone before, on clocks that run a quarter apart.
    /// </summary>
    public const long TieLease = 1500;

    /// <summary>
    /// For how long who is asked whether the room goes on there is waited for, in milliseconds. Who accepts a connection lives, and may only stand still for a while: five nodes are stopped in
    /// turn, and one wakes just when those who went on without it stand still. Less than the time for which such a look is good: who stands still for good is not waited for.
    /// </summary>
    public const long LookLasts = 6000;

    /// <summary>How many reigns the log of one reign may reach back to; members that hold up the trimming are expelled from half of that on.</summary>
    public const int EpochRanges = 8192;

    /// <summary>
    /// How many epochs a room remembers the parts of. Two parts of a room that meet again find by it from where on they differ; so many changes of host later they do not.
    /// </summary>
    public const int EpochsRemembered = 128;

    /// <summary>No number of the order, epoch or counter is higher: one more can always be added to it. To count so far would take ages.</summary>
    public const long HighestNumber = 1L << 62;

    /// <summary>
    /// How much higher an epoch may be than the one before it that a machine knows: a million eras, for a newcomer knows of none, and the room may have
    /// had as many losses. One message with the highest number of all would otherwise be the last reign of the room.
    /// </summary>
    public const long EpochsAtOnce = 1_000_000_000_000;

    /// <summary>How many nodes a room takes.</summary>
    public const int Nodes = 256;

    /// <summary>How many users may be present at once.</summary>
    public const int Users = 4096;

    /// <summary>How many departed users a room remembers, for their names and their counters. The longest gone are forgotten first.</summary>
    public const int DepartedUsers = 4096;

    /// <summary>For how long a departed user's name is kept for its owner, in milliseconds.</summary>
    public const long NameKeptFor = 10 * 60 * 1000;

    /// <summary>No time is later, in milliseconds since 1970, UTC: a little before the end of the year 9999, which is the last that can be written as one.</summary>
    public const long LatestTime = 253_402_300_799_999 - uint.MaxValue;

    /// <summary>How many records a circle takes: each device has one, and another one when it is put out.</summary>
    public const int CircleRecords = 1024;

    /// <summary>How many invites a room remembers, and so how many may be open.</summary>
    public const int Invites = 64;

    /// <summary>How many devices may come in with one invite.</summary>
    public const int InviteUses = 256;
}
