using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>
/// What a replica has handed to one user and the user has not taken yet. The replica's actor adds, the user's takes away; a user who reads too
/// slowly is thereby seen before it costs memory.
/// </summary>
internal sealed class Backlog
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public static long SizeOf(Effect news) => news is Deliver e ? e.Record.Entry.Size : 0;

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Took(Effect news) => Interlocked.Add(ref _bytes, -SizeOf(news));
}
