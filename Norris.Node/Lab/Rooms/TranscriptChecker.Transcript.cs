using System.Globalization;
using Norris.Lab.Processes;

namespace Norris.Lab.Rooms;

internal sealed partial class TranscriptChecker
{
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
