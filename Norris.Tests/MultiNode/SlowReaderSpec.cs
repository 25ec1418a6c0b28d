using Norris.Actors;
using Norris.Core.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>An application's reader that stands still, on the host, under load.</summary>
public sealed class SlowReaderSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    private const int Bound = 1024 * 1024;

    private protected override long LogBytes => Bound;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_reader_that_blocks_for_ever_on_the_host_is_noticed_by_nobody_and_told_what_it_missed_when_it_wakes(int nodes)
    {
        var ann = await Join("ann");
        Guest[] others = [.. await Task.WhenAll(Enumerable.Range(1, nodes - 1).Select(i => Join($"guest-{i}")))];
        Assert.Same(ann, await Host());
        using var wakes = new ManualResetEventSlim();
        using var cursor = ann.Log.Open();
        var stuck = Task.Run(async () => await ReadAndBlock(cursor, wakes));

        await using (var talk = Talk([ann, .. others]))
        {
            // More than three times what may wait for one reader.
            for (var said = 0; said < 3 * Bound; said += Limits.TextBytes)
            {
                await Eventually(() => others[0].TrySay(new string('x', Limits.TextBytes)), "the outbox takes it");
                if (said % (Bound / 4) == 0)
                {
                    // On a busy machine the other readers are slow, too, and it is not about them.
                    await Eventually(() => others[0].User.Pending == 0 && others.Prepend(ann).All(g => g.Transcript.End.Next >= ann.Room.Status.Stable), "the others have read");
                }
            }

            await talk.Heard(ann, 300);
            await talk.Heard(others[0], 300);
        }

        await EventuallyAgree();
        Assert.InRange(ann.Log.Bytes, 0, Bound);
        Assert.All([ann, .. others], g => Assert.Equal((1, 0, 0), (g.Transcript.Starts, g.Transcript.Exclusions, g.Transcript.Epochs.Count)));
        Assert.False(stuck.IsCompleted);

        wakes.Set();
        Assert.InRange(await stuck, 3 * Bound / Limits.TextBytes, int.MaxValue);
    }

    /// <summary>Blocks its thread at the first entry. Gives how many it was told that it missed, once it reads again.</summary>
    private static async Task<long> ReadAndBlock(Cursor cursor, ManualResetEventSlim wakes)
    {
        await foreach (var news in cursor.ReadAllAsync())
        {
            switch (news)
            {
                case Deliver when !wakes.IsSet:
                    wakes.Wait();
                    break;
                case Missed missed:
                    return missed.Count;
            }
        }

        return 0;
    }
}
