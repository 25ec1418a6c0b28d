using System.Diagnostics;
using System.Globalization;

namespace Norris.Lab.Bench;

/// <summary>Back pressure from end to end: one member that cannot keep up.</summary>
internal sealed partial class Rows
{
    private const int Slowness = 10;
    private static readonly TimeSpan PressureLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>The room's pace with a slow member, beside its pace without (as the warm-up); and the most memory that any of the three has had.</summary>
    private async Task<IReadOnlyList<RowResult>> Pressure(string row, CancellationToken cancel)
    {
        const int Senders = 2;
        var each = messages ?? 500_000;
        var total = (long)Senders * each;
        await using var group = await Start(row, 3, cancel);
        var fast = group.Members.Take(Senders).ToList();
        var slow = group.Members[Senders];
        var free = await Pace("everyone reads", group.Members);

        slow.Tell(string.Create(CultureInfo.InvariantCulture, $"slow {Math.Max(1, Slowness * 1_000_000L / (long)free)}"));
        var pressed = await Pace("one reads slowly", fast);
        var notices = await slow.Ask<int>("notices", AnswerLimit);
        slow.Tell("slow 0");
        await CatchesUp();
        var tallies = await Group.Settle(group.Members, cancel);
        var sent = fast.ToDictionary(m => m.Number, m => m == fast[0] ? each + 1L : each);
        var mine = tallies[Senders];
        notices = await slow.Ask<int>("notices", AnswerLimit);
        var verdict = Verdict.Of(tallies[..Senders], sent).And(notices == 0
            ? Verdict.Of(tallies, sent)
            : new Verdict(mine.Senders.Values.All(s => s.Late == 0), mine.Senders.Values.Sum(s => s.Missing), mine.Senders.Values.Sum(s => s.Doubled)));
        var peaks = group.Members.Select(m => m.PeakMemory / 1048576.0).ToList();
        tell(string.Create(CultureInfo.InvariantCulture, $"{row}: {free:N0} a second, {pressed:N0} with a slow member, which has {mine.Count:N0} of {total + 1:N0} messages and missed some {notices} times; at most {peaks.Max():0} MiB"));
        return [
            RowResult.Of(row, 3, "messages/s", [pressed], verdict) with { WarmUp = free },
            RowResult.Of(row, 3, "MB at most", [peaks.Max()], verdict)];

        async Task<double> Pace(string what, IReadOnlyCollection<MemberProcess> readers)
        {
            await group.Reset(cancel, total);
            foreach (var member in fast)
            {
                member.Tell(string.Create(CultureInfo.InvariantCulture, $"send {each}"));
            }

            var sending = Task.WhenAll(fast.Select(m => Group.Sent(m, PressureLimit)));
            var done = Task.WhenAll(readers.Select(m => m.Hear<int>("done", PressureLimit)));
            while (await Task.WhenAny(done, Task.Delay(TimeSpan.FromSeconds(1), cancel)) != done)
            {
                cancel.ThrowIfCancellationRequested();
                var counts = (await Group.Tallies(group.Members)).Select(t => t.Count.ToString("N0", CultureInfo.InvariantCulture));
                tell($"{row}: {what}: {string.Join(" · ", counts)} of {total:N0}, {string.Join(" · ", group.Members.Select(m => m.Memory >> 20))} MiB");
            }

            await done;
            var begun = (await sending).Min(s => s.BeginAt);
            var rate = total / Stopwatch.GetElapsedTime(begun, (await Group.Tallies(readers)).Max(t => t.LastAt)).TotalSeconds;
            tell(string.Create(CultureInfo.InvariantCulture, $"{row}: {what}: {rate:N0} a second"));
            return rate;
        }

        // It missed something, or not: once it reads again like everybody, it gets what is said next.
        async Task CatchesUp()
        {
            var last = fast[0].Number;
            fast[0].Tell("send 1");
            await Group.Sent(fast[0], AnswerLimit);
            var began = Stopwatch.GetTimestamp();
            while (!(await slow.Ask<Tally>("tally", AnswerLimit)).Senders.TryGetValue(last, out var heard) || heard.Next <= each)
            {
                if (Stopwatch.GetElapsedTime(began) > PressureLimit)
                {
                    throw new LabException("the slow member does not hear what is said next");
                }

                await Task.Delay(Look, cancel);
            }
        }
    }
}
