using System.Runtime.InteropServices;

namespace Norris.Node.Session;

/// <summary>
/// Gives back what a quiet node does not need. The collector works by allocation, so a node in which nothing happens would keep the garbage of
/// its start for minutes and pile its timers' on top; and the C library keeps what was freed, most of it where the program is not native and
/// a compiler was at work in its first seconds. While the room is busy nothing is done here.
/// </summary>
internal sealed partial class SpareMemory : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    /// <summary>Three times what the timers of an idle node allocate in that time.</summary>
    private const long QuietBytes = 4 << 20;

    /// <summary>What makes a collection worth its 20 ms: in a quiet room there is one every half minute or so.</summary>
    private const long WorthBytes = 10 << 20;

    private readonly ITimer _timer;
    private long _last;
    private long _collected;

    public SpareMemory(TimeProvider time) => _timer = time.CreateTimer(_ => Look(), null, Every, Every);

    public void Dispose() => _timer.Dispose();

    /// <param name="allocated">By the process so far, in bytes.</param>
    /// <param name="before">The same, when it was last looked at.</param>
    /// <param name="collected">The same, when memory was last given back.</param>
    internal static bool IsWorthIt(long allocated, long before, long collected) =>
        allocated - before < QuietBytes && allocated - collected >= WorthBytes;

    private void Look()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        if (IsWorthIt(allocated, _last, _collected))
        {
            _collected = allocated;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            TrimNative();
        }

        _last = allocated;
    }

    private static void TrimNative()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                _ = MallocTrim(0);
            }
        }
        catch (TypeLoadException)
        {
            // A C library that gives back by itself, or never.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
