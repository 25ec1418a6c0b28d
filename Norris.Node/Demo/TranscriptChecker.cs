using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Norris.Node.Demo;

internal enum ViolationKind
{
    /// <summary>Something accepted or shown is not where it has to be, and nobody was told.</summary>
    Lost,

    /// <summary>Something was shown twice.</summary>
    Doubled,

    /// <summary>Not in the order in which it was said, or not in the order of the numbers.</summary>
    Disorder,

    /// <summary>Two nodes show different lines at one number.</summary>
    Different,

    /// <summary>Something was shown that nobody said.</summary>
    Invented,
}

internal sealed record Violation(ViolationKind Kind, string What)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}: {What}");
}

/// <summary>
/// Judges a chat by nothing but what its nodes print and what was typed into them: the same line at the same number, no number left out from
/// a node's first one on, no message twice, each speaker's messages in the order in which they were typed, and everything that was typed into
/// a node that lives shown by all. Shares no code with what it judges. Safe for several threads.
/// </summary>
internal sealed class TranscriptChecker
{
    private const int ViolationsKept = 200;
    private const long HighestNumber = 100_000_000; // eight bytes each are kept; more than that is no chat of ours
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Room> _rooms = [];
    private readonly Dictionary<ulong, (Transcript Speaker, int Index)> _typed = [];
    private readonly List<Transcript> _transcripts = [];
    private readonly List<Violation> _violations = [];
    private readonly long[] _counts = new long[Enum.GetValues<ViolationKind>().Length];

    /// <summary>Lines with a place in the order that were judged.</summary>
    public long Lines { get; private set; }

    /// <summary>Messages that a dead node had shown and the others do not have, all of which were announced.</summary>
    public long AnnouncedLosses { get; private set; }

    public long ViolationCount
    {
        get
        {
            lock (_gate)
            {
                return _counts.Sum();
            }
        }
    }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<Violation> Violations
    {
        get
        {
            lock (_gate)
            {
                return [.. _violations];
            }
        }
    }

    public long Count(ViolationKind kind)
    {
        lock (_gate)
        {
            return _counts[(int)kind];
        }
    }

    /// <summary>Begins the transcript of one process.</summary>
    /// <param name="name">The name that its user has; unlike that of every other process, ever.</param>
    public Transcript Begin(string name)
    {
        lock (_gate)
        {
            var transcript = new Transcript(this, name);
            _transcripts.Add(transcript);
            return transcript;
        }
    }

    /// <summary>Whether all living nodes show the same, and all that was typed into them. Null when they do, else what is missing.</summary>
    public string? Missing()
    {
        lock (_gate)
        {
            return Unfinished().Select(v => v.What).FirstOrDefault();
        }
    }

    /// <summary>When nothing more is to come: whatever is still missing now is lost.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            foreach (var violation in Unfinished().ToList())
            {
                Report(violation.Kind, violation.What);
            }
        }
    }

    private IEnumerable<Violation> Unfinished()
    {
        var living = _transcripts.Where(t => t.IsAlive && t.Room is not null).ToList();
        foreach (var t in living)
        {
            if (t.Held.Count > 0)
            {
                yield return new(ViolationKind.Disorder, $"{t.Name} went from {t.Last} to {t.Held[0].Seq} without a word");
            }

            if (t.Room != living[0].Room)
            {
                yield return new(ViolationKind.Different, $"{t.Name} is in another room than {living[0].Name}");
            }
            else if (t.Last != t.Room!.Highest)
            {
                yield return new(ViolationKind.Lost, $"{t.Name} shows entries up to {t.Last}, others up to {t.Room.Highest}");
            }
        }

        foreach (var t in _transcripts)
        {
            // Of what a dead or leaving node took along only the end may be missing; of a living one's, nothing.
            var known = t.IsAlive ? t.Typed.Count : t.Typed.LastIndexOf(Fate.Shown) + 1;
            var lost = t.Typed.Take(known).Count(f => f == Fate.Typed);
            if (lost > 0)
            {
                var first = t.Typed.IndexOf(Fate.Typed) + 1;
                yield return new(ViolationKind.Lost, $"{lost} messages of {t.Name} are shown nowhere, the first of them its {first}.");
            }
        }
    }

    private static ulong HashOf(ReadOnlySpan<char> text) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text));

    private void Report(ViolationKind kind, string what)
    {
        _counts[(int)kind]++;
        if (_violations.Count < ViolationsKept)
        {
            _violations.Add(new Violation(kind, what));
        }
    }

    internal enum Fate : byte
    {
        Typed,
        Shown,
        Refused,
    }

    /// <summary>The order of one room as far as anybody showed it: a hash of the line at each number, 0 where nobody did.</summary>
    internal sealed class Room
    {
        public List<ulong> Lines { get; } = [];

        /// <summary>Where hosts began who said that messages may be gone.</summary>
        public List<long> Cuts { get; } = [];

        public long Highest => Lines.Count;
    }

    /// <summary>What one process printed, and what was typed into it.</summary>
    internal sealed class Transcript(TranscriptChecker checker, string name)
    {
        private readonly Dictionary<string, (long Counter, bool Loose)> _counters = [];
        private readonly Dictionary<Transcript, (int Index, bool Loose)> _indexes = [];
        private long _missed;

        public string Name => name;

        public bool IsAlive { get; private set; } = true;

        /// <summary>The last number shown; 0 before the first.</summary>
        public long Last { get; private set; }

        internal Room? Room { get; private set; }

        internal List<Fate> Typed { get; } = [];

        /// <summary>Lines after a jump that nothing explained yet: the next welcome may say that this is another room.</summary>
        internal List<NodeLine> Held { get; } = [];

        private long _firstSeq = 1;

        /// <summary>A line is about to be typed into the process.</summary>
        public void Say(string text)
        {
            lock (checker._gate)
            {
                if (!checker._typed.TryAdd(HashOf($"{name}\0{text}"), (this, Typed.Count)))
                {
                    throw new ArgumentException("every text has to be unlike all others", nameof(text));
                }

                Typed.Add(Fate.Typed);
            }
        }

        /// <summary>The process was killed or told to leave: it need not show the rest, nor need its last messages be shown.</summary>
        public void End()
        {
            lock (checker._gate)
            {
                IsAlive = false;
            }
        }

        /// <summary>How many of <paramref name="speaker"/>'s messages, in the order of typing, this one has shown.</summary>
        public int ShownOf(Transcript speaker)
        {
            lock (checker._gate)
            {
                return _indexes.TryGetValue(speaker, out var shown) ? shown.Index + 1 : 0;
            }
        }

        /// <summary>How many messages were typed into it.</summary>
        public int TypedCount
        {
            get
            {
                lock (checker._gate)
                {
                    return Typed.Count;
                }
            }
        }

        /// <summary>The next line of the process's output.</summary>
        public void Take(NodeLine line)
        {
            lock (checker._gate)
            {
                switch (line.Event)
                {
                    case "welcome":
                        Welcome(line);
                        break;
                    case "missed":
                        _missed += line.Number("count") ?? 0;
                        break;
                    case "refused":
                        if (checker._typed.TryGetValue(HashOf($"{name}\0{line.Text("text")}"), out var refused))
                        {
                            Typed[refused.Index] = Fate.Refused;
                        }

                        break;
                    default:
                        if (line.Seq is not null)
                        {
                            Ordered(line);
                        }

                        break;
                }
            }
        }

        private void Welcome(NodeLine line)
        {
            var id = line.Text("room") ?? "";
            if (!checker._rooms.TryGetValue(id, out var room))
            {
                checker._rooms.Add(id, room = new Room());
            }

            if (room == Room)
            {
                foreach (var held in Held)
                {
                    Judge(held, "without a word");
                }
            }
            else
            {
                Room = room;
                Last = 0;
                _firstSeq = line.Number("firstSeq") ?? 1;
                Loosen();
                foreach (var held in Held)
                {
                    Judge(held, "in a new room");
                }
            }

            Held.Clear();
        }

        private void Ordered(NodeLine line)
        {
            var expected = Last == 0 ? _firstSeq : Last + 1 + _missed;
            if (Room is null || Held.Count > 0 || line.Seq != expected)
            {
                Held.Add(line);
                if (Held.Count > 10_000)
                {
                    Held.ForEach(held => Judge(held, "without a word"));
                    Held.Clear();
                }

                return;
            }

            Judge(line, "");
        }

        private void Judge(NodeLine line, string how)
        {
            var seq = line.Seq!.Value;
            var expected = Last == 0 ? _firstSeq : Last + 1 + _missed;
            checker.Lines++;
            if (seq <= Last)
            {
                checker.Report(ViolationKind.Doubled, $"{name} shows {seq} after {Last} {how}");
                return;
            }

            if (seq != expected)
            {
                checker.Report(ViolationKind.Lost, $"{name} went from {Last} to {seq}, {expected} was due {how}");
                Loosen();
            }
            else if (_missed > 0)
            {
                Loosen();
            }

            _missed = 0;
            Last = seq;
            Compare(seq, line);
            if (line.Event == "said")
            {
                JudgeId(line);
                JudgeText(line);
            }
        }

        /// <summary>After a stretch that this node missed, speakers may have gone on meanwhile.</summary>
        private void Loosen()
        {
            foreach (var id in _counters.Keys)
            {
                _counters[id] = _counters[id] with { Loose = true };
            }

            foreach (var speaker in _indexes.Keys)
            {
                _indexes[speaker] = _indexes[speaker] with { Loose = true };
            }
        }

        private void Compare(long seq, NodeLine line)
        {
            if (seq is < 1 or > HighestNumber)
            {
                checker.Report(ViolationKind.Disorder, $"{name} shows the number {seq}");
                return;
            }

            var lines = Room!.Lines;
            while (lines.Count < seq)
            {
                lines.Add(0);
            }

            var hash = HashOf(line.Raw);
            var at = (int)(seq - 1);
            var mayHaveLost = line.Event == "host" && line.IsTrue("mayHaveLost");
            if (mayHaveLost && !Room.Cuts.Contains(seq))
            {
                Room.Cuts.Add(seq);
            }

            if (lines[at] == 0)
            {
                lines[at] = hash;
            }
            else if (lines[at] == hash)
            {
            }
            else if (mayHaveLost)
            {
                // What the dead had shown from here on is gone, and this line is how all are told.
                checker.AnnouncedLosses += lines.Count - at;
                lines.RemoveRange(at, lines.Count - at);
                lines.Add(hash);
            }
            else if (!IsAlive && Room.Cuts.Exists(cut => cut <= seq))
            {
                checker.AnnouncedLosses++;
            }
            else
            {
                checker.Report(ViolationKind.Different, $"at {seq} {name} shows {line.Raw}, which is not what another showed");
            }
        }

        private void JudgeId(NodeLine line)
        {
            var id = line.Text("id") ?? "";
            var dash = id.LastIndexOf('-');
            if (dash < 0 || !long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var counter))
            {
                checker.Report(ViolationKind.Invented, $"{name} shows a message with the id '{id}'");
                return;
            }

            var speaker = id[..dash];
            if (_counters.TryGetValue(speaker, out var last))
            {
                if (counter <= last.Counter)
                {
                    checker.Report(ViolationKind.Doubled, $"{name} shows {id} after {last.Counter} at {line.Seq}");
                    return;
                }

                if (counter != last.Counter + 1 && !last.Loose)
                {
                    checker.Report(ViolationKind.Lost, $"{name} shows {id} after {last.Counter} at {line.Seq}");
                }
            }

            _counters[speaker] = (counter, false);
        }

        private void JudgeText(NodeLine line)
        {
            var user = line.Text("user");
            if (!checker._typed.TryGetValue(HashOf($"{user}\0{line.Text("text")}"), out var said))
            {
                if (checker._transcripts.Exists(t => t.Name == user && t.Typed.Count > 0))
                {
                    checker.Report(ViolationKind.Invented, $"{name} shows at {line.Seq} what {user} never said: {line.Text("text")}");
                }

                return;
            }

            var (speaker, index) = said;
            speaker.Typed[index] = Fate.Shown;
            if (_indexes.TryGetValue(speaker, out var last))
            {
                var next = last.Index + 1;
                while (next < index && speaker.Typed[next] == Fate.Refused)
                {
                    next++;
                }

                if (index <= last.Index)
                {
                    checker.Report(
                        index == last.Index ? ViolationKind.Doubled : ViolationKind.Disorder,
                        $"{name} shows {speaker.Name}'s message {index + 1} after its {last.Index + 1}. at {line.Seq}");
                    return;
                }

                if (index != next && !last.Loose)
                {
                    checker.Report(ViolationKind.Lost, $"{name} shows {speaker.Name}'s message {index + 1} right after its {last.Index + 1}. at {line.Seq}");
                }
            }

            _indexes[speaker] = (index, false);
        }
    }
}
