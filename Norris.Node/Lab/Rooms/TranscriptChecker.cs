using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Norris.Lab.Rooms;

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
internal sealed partial class TranscriptChecker
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
}
