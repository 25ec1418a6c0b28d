using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Norris.Lab.Processes;

namespace Norris.Lab.Bench;

/// <summary>The bench's rows. Each starts its own members, and judges what they delivered.</summary>
/// <param name="rounds">How often each figure is taken, after the warm-up.</param>
/// <param name="nodes">How many members, instead of the row's own number.</param>
/// <param name="messages">How many messages each sender sends in a row about throughput, instead of the row's own number.</param>
/// <param name="memberOptions">What members are started with.</param>
/// <param name="will">Ends the members, however this process does.</param>
/// <param name="tell">Hears how far it is.</param>
internal sealed partial class Rows(int rounds, int? nodes, int? messages, IReadOnlyList<string> memberOptions, LastWill will, Action<string> tell)
{
    private const int TalkPerSecond = 200;
    private const int TalkSeconds = 10;
    private const int FailoverTalkPerSecond = 50;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan IdleBeforeMemory = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private static readonly int[] Scales = [2, 3, 5, 9];

    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>
    {
        ["T1"] = "throughput, one of 3 nodes sends",
        ["T3"] = "throughput, all of 3 send",
        ["T5"] = "throughput, all of 5 send",
        ["L"] = "latency of a sender's messages at the others, 200 a second",
        ["F"] = "longest silence when the host is killed",
        ["J"] = "from the start of a process to the first message it delivers",
        ["M"] = "memory of an idle node",
        ["I"] = "processor time of an idle node",
        ["B"] = "a million messages while one of 3 nodes reads at a tenth of the speed, and memory",
        ["S"] = "deliveries a second, all of 2, 3, 5 and 9 nodes send",
    };

    public async IAsyncEnumerable<RowResult> Run(string row, [EnumeratorCancellation] CancellationToken cancel)
    {
        switch (row)
        {
            case "T1":
                yield return await Throughput(row, nodes ?? 3, senders: 1, each: messages ?? 200_000, perNode: false, cancel);
                break;
            case "T3":
                yield return await Throughput(row, nodes ?? 3, nodes ?? 3, each: messages ?? 70_000, perNode: false, cancel);
                break;
            case "T5":
                yield return await Throughput(row, nodes ?? 5, nodes ?? 5, each: messages ?? 40_000, perNode: false, cancel);
                break;
            case "S":
                foreach (var scale in nodes is { } one ? [one] : Scales)
                {
                    yield return await Throughput(row, scale, scale, each: messages ?? 20_000, perNode: true, cancel);
                }

                break;
            case "B":
                foreach (var result in await Pressure(row, cancel))
                {
                    yield return result;
                }

                break;
            case "L":
                yield return await Latency(row, nodes ?? 3, cancel);
                break;
            case "F":
                yield return await Failover(row, nodes ?? 3, cancel);
                break;
            case "J":
                yield return await Joining(row, nodes ?? 3, cancel);
                break;
            case "M":
                yield return await Memory(row, nodes ?? 3, cancel);
                break;
            case "I":
                yield return await IdleCpu(row, nodes ?? 3, cancel);
                break;
            default:
                throw new UnreachableException($"no row {row}");
        }
    }

    private async Task<Group> Start(string row, int count, CancellationToken cancel)
    {
        tell($"{row}: {count} nodes start");
        return await Group.Start(count, memberOptions, will, cancel);
    }

    private async Task<RowResult> Throughput(string row, int count, int senders, int each, bool perNode, CancellationToken cancel)
    {
        await using var group = await Start(row, count, cancel);
        var total = (long)senders * each;
        var (rates, cpu, hostCpu, verdict) = (new List<double>(), new List<double>(), new List<double>(), Verdict.Clean);
        var host = await group.Host();
        for (var round = 0; round <= rounds; round++)
        {
            await group.Reset(cancel, total);
            var (cpuBefore, hostCpuBefore) = (group.Cpu, host.Cpu);
            var sending = group.Members.Take(senders).ToList();
            foreach (var member in sending)
            {
                member.Tell(string.Create(CultureInfo.InvariantCulture, $"send {each}"));
            }

            var name = Name(round);
            await group.WhenDone(cancel, so => tell(string.Create(CultureInfo.InvariantCulture, $"{row}: {name}: {so:N0} of {total:N0}")));
            var (spent, hostSpent) = (group.Cpu - cpuBefore, host.Cpu - hostCpuBefore);
            var sent = await Task.WhenAll(sending.Select(m => Group.Sent(m, AnswerLimit)));
            var tallies = await Group.Settle(group.Members, cancel);
            verdict = verdict.And(Verdict.Of(tallies, sending.ToDictionary(m => m.Number, _ => (long)each)));
            var seconds = Stopwatch.GetElapsedTime(sent.Min(s => s.BeginAt), tallies.Max(t => t.LastAt)).TotalSeconds;
            rates.Add(total * (perNode ? count : 1) / seconds);
            cpu.Add(spent.TotalMicroseconds / total);
            hostCpu.Add(hostSpent.TotalMicroseconds / total);
            tell(string.Create(CultureInfo.InvariantCulture, $"{row}: {name}: {rates[^1]:N0} a second, {cpu[^1]:0.0} µs of processor time a message, {hostCpu[^1]:0.0} of them the host's, {group.Members.Max(m => m.Memory) >> 20} MiB"));
        }

        return RowResult.Of(row, count, perNode ? "deliveries/s" : "messages/s", rates[1..], verdict) with
        {
            WarmUp = rates[0],
            CpuPerMessage = RowResult.Median(cpu[1..]),
            HostCpuPerMessage = RowResult.Median(hostCpu[1..]),
        };
    }

    private async Task<RowResult> Latency(string row, int count, CancellationToken cancel)
    {
        await using var group = await Start(row, count, cancel);
        var (figures, verdict) = (new List<(double P50, double P99, double Max)>(), Verdict.Clean);
        for (var round = 0; round <= rounds; round++)
        {
            await group.Reset(cancel);
            var talker = group.Members[0];
            var sent = await Talk(talker);
            var tallies = await Group.Settle(group.Members, cancel);
            verdict = verdict.And(Verdict.Of(tallies, new Dictionary<int, long> { [talker.Number] = sent }));
            var others = await Task.WhenAll(group.Members.Skip(1).Select(m => m.Ask<long[]>("latency", AnswerLimit)));

            // The worst member's.
            figures.Add((others.Max(l => Quantile(l, 0.5)), others.Max(l => Quantile(l, 0.99)), others.Max(l => Quantile(l, 1))));
            tell(string.Create(CultureInfo.InvariantCulture, $"{row}: {Name(round)}: p50 {figures[^1].P50:0.00}, p99 {figures[^1].P99:0.00}, max {figures[^1].Max:0.0} ms"));
        }

        var measured = figures[1..];
        return new RowResult
        {
            Row = row,
            Nodes = count,
            Unit = "ms",
            P50 = RowResult.Median(measured.Select(f => f.P50)),
            P99 = RowResult.Median(measured.Select(f => f.P99)),
            Max = RowResult.Median(measured.Select(f => f.Max)),
            WarmUp = figures[0].P50,
            Rounds = [.. measured.Select(f => f.P50)],
            Verdict = verdict,
        };

        static async Task<long> Talk(MemberProcess talker)
        {
            talker.Tell(string.Create(CultureInfo.InvariantCulture, $"talk {TalkPerSecond} {TalkSeconds}"));
            return (await Group.Sent(talker, AnswerLimit)).Count;
        }
    }

    private async Task<RowResult> Failover(string row, int count, CancellationToken cancel)
    {
        const int BeforeKill = 5;
        const int AfterKill = 15;
        var (gaps, verdict) = (new List<double>(), Verdict.Clean);
        for (var round = 0; round <= rounds; round++)
        {
            // The killed one is gone, so every round has a room of its own.
            await using var group = await Start(row, count, cancel);
            await group.Reset(cancel);
            foreach (var member in group.Members)
            {
                member.Tell(string.Create(CultureInfo.InvariantCulture, $"talk {FailoverTalkPerSecond} {BeforeKill + AfterKill}"));
            }

            await Task.Delay(TimeSpan.FromSeconds(BeforeKill), cancel);
            await group.Kill(await group.Host());
            var sent = await Task.WhenAll(group.Members.Select(m => Group.Sent(m, AnswerLimit)));
            var tallies = await Group.Settle(group.Members, cancel);
            verdict = verdict.And(Verdict.Of(tallies, group.Members.Zip(sent).ToDictionary(s => s.First.Number, s => s.Second.Count)));
            gaps.Add(tallies.Max(t => TimeSpan.FromSeconds((double)t.LongestGap / Stopwatch.Frequency).TotalSeconds));
            tell(string.Create(CultureInfo.InvariantCulture, $"{row}: {Name(round)}: {gaps[^1]:0.00} s"));
        }

        return RowResult.Of(row, count, "s", gaps[1..], verdict) with { WarmUp = gaps[0] };
    }

    private async Task<RowResult> Joining(string row, int count, CancellationToken cancel)
    {
        const int Settled = 1;
        await using var group = await Start(row, count, cancel);
        var (times, verdict) = (new List<double>(), Verdict.Clean);
        for (var round = 0; round <= rounds; round++)
        {
            await group.Reset(cancel);
            foreach (var member in group.Members)
            {
                await member.Ask<int>($"reset {long.MaxValue} log", AnswerLimit);
            }

            var talker = group.Members[0];
            talker.Tell(string.Create(CultureInfo.InvariantCulture, $"talk {TalkPerSecond} {TalkSeconds}"));
            await Task.Delay(TimeSpan.FromSeconds(Settled), cancel);
            await using var newcomer = group.Begin(count + round);
            var first = await newcomer.Hear<long>("first", AnswerLimit);
            times.Add(Stopwatch.GetElapsedTime(newcomer.StartedAt, first).TotalSeconds);
            var sent = await Group.Sent(talker, AnswerLimit);
            var tallies = await Group.Settle(group.Members, cancel);
            verdict = verdict
                .And(Verdict.Of(tallies, new Dictionary<int, long> { [talker.Number] = sent.Count }))
                .And(await JudgeNewcomer(talker, newcomer, cancel));
            tell(string.Create(CultureInfo.InvariantCulture, $"{row}: {Name(round)}: {times[^1]:0.00} s"));
        }

        return RowResult.Of(row, count, "s", times[1..], verdict) with { WarmUp = times[0] };
    }

    /// <summary>From its first message on, a newcomer has what the others have.</summary>
    private static async Task<Verdict> JudgeNewcomer(MemberProcess member, MemberProcess newcomer, CancellationToken cancel)
    {
        var tally = (await Group.Settle([newcomer], cancel))[0];
        var its = await newcomer.Ask<string[]>("log", AnswerLimit);
        var theirs = await member.Ask<string[]>("log", AnswerLimit);
        var begin = Array.IndexOf(theirs, its[0]);
        return new Verdict(
            begin >= 0 && theirs.AsSpan(begin).StartsWith(its) && tally.Senders.Values.All(s => s.Late == 0),
            begin < 0 ? its.Length : Math.Max(0, theirs.Length - begin - its.Length),
            tally.Senders.Values.Sum(s => s.Doubled));
    }

    private async Task<RowResult> Memory(string row, int count, CancellationToken cancel)
    {
        await using var group = await Start(row, count, cancel);
        tell($"{row}: idle for {IdleBeforeMemory.TotalSeconds:0} s");
        await Task.Delay(IdleBeforeMemory, cancel); // what the row measures, not a wait for anything
        return RowResult.Of(row, count, "MB", [.. group.Members.Select(m => m.Memory / 1048576.0)], Verdict.Clean);
    }

    private async Task<RowResult> IdleCpu(string row, int count, CancellationToken cancel)
    {
        await using var group = await Start(row, count, cancel);
        tell($"{row}: idle for {2 * Idle.TotalSeconds:0} s");
        await Task.Delay(Idle, cancel);
        var before = group.Members.Select(m => m.Cpu).ToList();
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(Idle, cancel);
        var elapsed = Stopwatch.GetElapsedTime(began);
        return RowResult.Of(row, count, "% of a core", [.. group.Members.Zip(before).Select(m => 100 * (m.First.Cpu - m.Second) / elapsed)], Verdict.Clean);
    }

    private static string Name(int round) => round == 0 ? "warm-up" : string.Create(CultureInfo.InvariantCulture, $"round {round}");

    private static double Quantile(long[] ascending, double q) => ascending.Length == 0
        ? double.NaN
        : ascending[Math.Min(ascending.Length - 1, (int)(q * ascending.Length))] * 1000.0 / Stopwatch.Frequency;
}
