using System.Diagnostics;
using System.Globalization;
using Norris.Lab.Processes;

namespace Norris.Lab.Bench;

/// <summary>Some members in processes of their own, all in one room. Disposed, they leave.</summary>
internal sealed class Group : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private readonly IReadOnlyList<string> _options;
    private readonly LastWill _will;
    private readonly List<MemberProcess> _members = [];
    private string? _seed;

    private Group(IReadOnlyList<string> options, LastWill will) => (_options, _will) = (options, will);

    /// <summary>In the order in which they came; the first is the first host. Without those that were killed.</summary>
    public IReadOnlyList<MemberProcess> Members => _members;

    /// <summary>User and system time of all of them so far.</summary>
    public TimeSpan Cpu => _members.Aggregate(TimeSpan.Zero, (sum, m) => sum + m.Cpu);

    public static async Task<Group> Start(int nodes, IReadOnlyList<string> options, LastWill will, CancellationToken cancel)
    {
        var group = new Group(options, will);
        try
        {
            while (group.Members.Count < nodes)
            {
                cancel.ThrowIfCancellationRequested();
                await group.Join(group.Members.Count);
            }

            // Everybody hears everybody before anything is measured.
            await group.Reset(cancel, nodes);
            foreach (var member in group.Members)
            {
                member.Tell("send 1");
            }

            await group.WhenDone(cancel);
            await Task.WhenAll(group.Members.Select(m => Sent(m, AnswerLimit)));
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    public MemberProcess Begin(int number) => new(number, _seed, _options, _will);

    public async Task<MemberProcess> Join(int number)
    {
        var member = Begin(number);
        _members.Add(member);
        var port = await member.Hear<int>("ready", StartLimit);
        _seed ??= string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        return member;
    }

    public async Task Reset(CancellationToken cancel, long expected = long.MaxValue)
    {
        await Settle(_members, cancel);
        await Task.WhenAll(_members.Select(m => m.Ask<int>(string.Create(CultureInfo.InvariantCulture, $"reset {expected}"), AnswerLimit)));
    }

    /// <summary>Waits until everybody has what was expected at the reset, and gives what senders say of it.</summary>
    /// <exception cref="LabException">Nothing moves any more.</exception>
    public async Task WhenDone(CancellationToken cancel, Action<long>? progress = null)
    {
        var (movedAt, last) = (Stopwatch.GetTimestamp(), -1L);
        var done = Task.WhenAll(_members.Select(m => m.Hear<int>("done", TimeSpan.FromHours(1))));
        while (await Task.WhenAny(done, Task.Delay(TimeSpan.FromSeconds(1), cancel)) != done)
        {
            cancel.ThrowIfCancellationRequested();
            var tallies = await Tallies(_members);
            var count = tallies.Min(t => t.Count);
            progress?.Invoke(count);
            if (tallies.Sum(t => t.Count) is var sum && sum != last)
            {
                (movedAt, last) = (Stopwatch.GetTimestamp(), sum);
            }
            else if (Stopwatch.GetElapsedTime(movedAt) > StallLimit)
            {
                throw new LabException($"nothing was delivered for {StallLimit.TotalSeconds:0} s; the members have {string.Join(", ", tallies.Select(t => t.Count))}");
            }
        }

        await done;
    }

    public static Task<Sent> Sent(MemberProcess member, TimeSpan limit) => member.Hear<Sent>("sent", limit);

    /// <summary>Waits until nobody delivers anything any more, and gives what they have then.</summary>
    public static async Task<Tally[]> Settle(IReadOnlyCollection<MemberProcess> members, CancellationToken cancel)
    {
        var before = await Tallies(members);
        while (true)
        {
            await Task.Delay(Quiet, cancel); // that nothing moves can only be seen over a time
            var now = await Tallies(members);
            if (now.Sum(t => t.Count) == before.Sum(t => t.Count))
            {
                return now;
            }

            before = now;
        }
    }

    public static Task<Tally[]> Tallies(IEnumerable<MemberProcess> members) => Task.WhenAll(members.Select(m => m.Ask<Tally>("tally", AnswerLimit)));

    public async Task<MemberProcess> Host()
    {
        foreach (var member in _members)
        {
            if (await member.Ask<bool>("host", AnswerLimit))
            {
                return member;
            }
        }

        throw new LabException("no member hosts");
    }

    public async Task Kill(MemberProcess member)
    {
        member.Kill();
        _members.Remove(member);
        await member.DisposeAsync();
    }

    /// <summary>The last to come goes first, so that the host changes as seldom as can be.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var member in Enumerable.Reverse(_members))
        {
            await member.DisposeAsync();
        }
    }
}
