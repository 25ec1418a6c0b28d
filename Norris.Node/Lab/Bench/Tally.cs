namespace Norris.Lab.Bench;

/// <summary>What a member has delivered since it was told to count anew.</summary>
/// <param name="Count">How many messages.</param>
/// <param name="Hash">Over senders and counters in the order of delivery: equal exactly where the orders are.</param>
/// <param name="LastAt">When the last one came, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
/// <param name="LongestGap">The longest time between two that followed each other, in ticks of that clock.</param>
/// <param name="Senders">By the sender's number.</param>
internal sealed record Tally(long Count, string Hash, long LastAt, long LongestGap, IReadOnlyDictionary<int, SenderTally> Senders);

/// <param name="Next">One more than the highest counter delivered.</param>
/// <param name="Missing">Counters below that which never came.</param>
/// <param name="Doubled">Messages that came again.</param>
/// <param name="Late">Messages that came after a later one of the same sender.</param>
internal sealed record SenderTally(long Next, long Missing, long Doubled, long Late);

/// <summary>What the members' tallies come to.</summary>
internal sealed record Verdict(bool SameOrder, long Lost, long Doubled)
{
    public static readonly Verdict Clean = new(true, 0, 0);

    public bool IsClean => this == Clean;

    public Verdict And(Verdict other) => new(SameOrder && other.SameOrder, Math.Max(Lost, other.Lost), Math.Max(Doubled, other.Doubled));

    /// <summary>Judges members who were all there all the time.</summary>
    /// <param name="tallies">The members'.</param>
    /// <param name="sent">How many messages each sender got accepted. Who was killed is not in it: nobody knows.</param>
    public static Verdict Of(IReadOnlyCollection<Tally> tallies, IReadOnlyDictionary<int, long> sent)
    {
        var first = tallies.First();
        return new(
            tallies.All(t => t.Count == first.Count && t.Hash == first.Hash && t.Senders.Values.All(s => s.Late == 0)),
            tallies.Max(t => Lacking(t, sent)),
            tallies.Max(t => t.Senders.Values.Sum(s => s.Doubled)));
    }

    private static long Lacking(Tally tally, IReadOnlyDictionary<int, long> sent) =>
        sent.Sum(s => tally.Senders.TryGetValue(s.Key, out var seen) ? Math.Max(0, s.Value - seen.Next) : s.Value)
        + tally.Senders.Values.Sum(s => s.Missing);
}
