using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Lab.Bench;

/// <summary>Takes what a member delivers, reads every message as the text that a person would see, and keeps account.</summary>
/// <param name="self">The member's number.</param>
/// <param name="user">The member's user.</param>
internal sealed class Recorder(int self, UserId user)
{
    private const int LatenciesKept = 200_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Account> _senders = [];
    private readonly List<long> _latencies = [];
    private readonly List<string> _log = [];
    private readonly TaskCompletionSource _here = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _expected = long.MaxValue;
    private (int Sender, Account? Account) _last;
    private long _count;
    private ulong _hash;
    private long _lastAt;
    private long _longestGap;
    private bool _fromStart;
    private int _notices;
    private long _microsecondsPerMessage;
    private bool _keepsLog;

    /// <summary>Completes when the user is in the room.</summary>
    public Task WhenHere => _here.Task;

    /// <summary>Completes with the moment of the first message.</summary>
    public Task<long> WhenFirst => _first.Task;

    /// <summary>How long this member takes to read a message; 0: as fast as it can. May be set while it reads.</summary>
    public long MicrosecondsPerMessage
    {
        get => Volatile.Read(ref _microsecondsPerMessage);
        set => Volatile.Write(ref _microsecondsPerMessage, value);
    }

    /// <summary>How often this member was told that it missed something: it was taken out of the room, or read too slowly.</summary>
    public int Notices => Volatile.Read(ref _notices);

    /// <summary>Set at every delivery: there may be room in the outbox again.</summary>
    public AutoResetEvent Progress { get; } = new(false);

    /// <summary>Counts anew, and gives what completes when so many messages are delivered.</summary>
    public Task Reset(long expected, bool keepsLog)
    {
        lock (_gate)
        {
            _senders.Clear();
            _latencies.Clear();
            _log.Clear();
            _last = default;
            (_count, _hash, _lastAt, _longestGap) = (0, 0, 0, 0);
            (_expected, _keepsLog, _fromStart) = (expected, keepsLog, true);
            _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _done.Task;
        }
    }

    public Tally Tally()
    {
        lock (_gate)
        {
            return new(_count, _hash.ToString("x16", CultureInfo.InvariantCulture), _lastAt, _longestGap, _senders.ToDictionary(s => s.Key, s => s.Value.Tally()));
        }
    }

    /// <summary>How long messages of other members took, in ticks of the clock, ascending.</summary>
    public long[] Latencies()
    {
        lock (_gate)
        {
            return [.. _latencies.Order()];
        }
    }

    /// <summary>Senders and counters in the order of delivery.</summary>
    public string[] Log()
    {
        lock (_gate)
        {
            return [.. _log];
        }
    }

    /// <summary>Until nothing more comes.</summary>
    public async Task Read(Cursor cursor)
    {
        await foreach (var news in cursor.ReadAllAsync())
        {
            switch (news)
            {
                case Deliver entry:
                    Delivered(entry);
                    break;
                case Missed:
                    Interrupt();
                    break;
            }
        }
    }

    public void Delivered(Deliver entry)
    {
        switch (entry.Record.Entry)
        {
            case Said said:
                lock (_gate)
                {
                    Take(said.Block);
                }

                Progress.Set();
                if (MicrosecondsPerMessage is > 0 and var pause)
                {
                    // This is the slow reader that the row is about.
                    Thread.Sleep(TimeSpan.FromMicroseconds(pause * said.Count));
                }

                break;
            case UserJoined joined when joined.User == user:
                _here.TrySetResult();
                break;
        }
    }

    private void Interrupt()
    {
        Interlocked.Increment(ref _notices);
        lock (_gate)
        {
            foreach (var account in _senders.Values)
            {
                account.Interrupt();
            }
        }
    }

    private void Take(SaidBlock block)
    {
        var (counted, timed) = (_count, _latencies.Count);
        foreach (var message in block)
        {
            Take(message.Text);
        }

        // Looked at once, when all of them have been read: no message of the block came later than that.
        var now = Stopwatch.GetTimestamp();
        for (var i = timed; i < _latencies.Count; i++)
        {
            _latencies[i] = now - _latencies[i];
        }

        if (counted == 0)
        {
            _first.TrySetResult(now);
        }
        else
        {
            _longestGap = Math.Max(_longestGap, now - _lastAt);
        }

        _lastAt = now;
        if (_count >= _expected)
        {
            _done.TrySetResult();
        }
    }

    /// <summary>Leaves the time at which it was handed in where its latency will be.</summary>
    private void Take(string text)
    {
        var (sender, counter, time) = Payload.Read(text);
        _count++;
        _hash = (BitOperations.RotateLeft(_hash, 7) ^ ((ulong)sender << 48 | (ulong)counter)) * 0x9E3779B97F4A7C15UL;
        AccountOf(sender, counter).Take(counter);
        if (sender != self && _latencies.Count < LatenciesKept)
        {
            _latencies.Add(time);
        }

        if (_keepsLog || !_fromStart)
        {
            _log.Add(string.Create(CultureInfo.InvariantCulture, $"{sender}:{counter}"));
        }
    }

    private Account AccountOf(int sender, long counter)
    {
        if (_last.Sender == sender && _last.Account is { } last)
        {
            // A block is of one sender.
            return last;
        }

        if (!_senders.TryGetValue(sender, out var account))
        {
            // Who came in the middle counts from what it sees first.
            account = new Account { Next = _fromStart ? 0 : counter };
            _senders.Add(sender, account);
        }

        _last = (sender, account);
        return account;
    }

    private sealed class Account
    {
        private readonly HashSet<long> _missing = [];
        private long _doubled;
        private bool _interrupted;
        private long _late;

        public long Next { get; set; }

        /// <summary>What comes between here and the next message is missed, and the member was told so.</summary>
        public void Interrupt() => _interrupted = true;

        public void Take(long counter)
        {
            if (_interrupted && counter > Next)
            {
                Next = counter;
            }

            _interrupted = false;
            for (; Next < counter; Next++)
            {
                _missing.Add(Next);
            }

            if (counter == Next)
            {
                Next++;
            }
            else if (_missing.Remove(counter))
            {
                _late++;
            }
            else
            {
                _doubled++;
            }
        }

        public SenderTally Tally() => new(Next, _missing.Count, _doubled, _late);
    }
}
