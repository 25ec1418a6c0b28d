using CsCheck;
using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>The ring against a model of it that keeps a list for every reader.</summary>
public sealed class DeliveredRingSpec
{
    private const long Bound = 2_000;

    private enum Do
    {
        Say,
        SayMuch,
        Notice,
        Start,
        StartElsewhere,
        StartLower,
        Open,
        OpenForNotices,
        Read,
        ReadAll,
        Close,
        Fork,
        Record,
    }

    [Fact]
    public void Whatever_is_appended_read_opened_and_closed_every_reader_gets_what_its_own_list_would_give() =>
        Gen.Select(Gen.Enum<Do>(), Gen.Int[0, 9]).List[0, 300].Sample(steps => new Run().Do(steps), iter: 3_000);

    [Fact]
    public void A_reader_whose_own_code_fails_holds_up_no_other()
    {
        var ring = new DeliveredRing(Bound);
        var (failing, other) = (new DeliveredReader(ring.End, _ => throw new InvalidOperationException("a fault of the reader's")), new DeliveredReader(ring.End, null));
        ring.Open(failing);
        ring.Open(other);
        ring.Add(new Started(Nr(1), 0, Norris.Core.Room.RoomPicture.None with { Room = TheRoom }), At(0));
        Assert.True(ring.TryRead(other, At(0), out _));
        Assert.Throws<InvalidOperationException>(() => ring.TryRead(failing, At(0), out _));
    }

    private sealed class Run
    {
        private readonly DeliveredRing _ring = new(Bound);
        private readonly List<(DeliveredReader Real, Model Model)> _readers = [];
        private long _next = 1;
        private long _time;
        private bool _isRecorded;
        private RoomId _room = TheRoom;

        public void Do(IEnumerable<(Do What, int Which)> steps)
        {
            Add(new Started(Nr(1), 0, Norris.Core.Room.RoomPicture.None with { Room = _room }));
            foreach (var (what, which) in steps)
            {
                _time += 1_000;
                Step(what, which);
                var unread = _readers.Select(r => r.Model.UnreadBytes).DefaultIfEmpty(0).Max();
                Assert.True(_isRecorded ? _ring.Bytes >= unread && _ring.Bytes <= Bound : _ring.Bytes == unread, $"{_ring.Bytes} bytes are held, and {unread} unread");
                Assert.All(_readers, r => Assert.Equal(r.Model.UnreadBytes, r.Real.Unread));
            }

            _readers.ForEach(ReadAll);
        }

        private void Step(Do what, int which)
        {
            switch (what)
            {
                case DeliveredRingSpec.Do.Say:
                    Say(new string('x', 10 * which + 1));
                    break;
                case DeliveredRingSpec.Do.SayMuch:
                    Say(new string('x', (int)Bound / 4 * (which + 1)));
                    break;
                case DeliveredRingSpec.Do.Notice:
                    Add(new Notice($"{which}"));
                    break;
                case DeliveredRingSpec.Do.Start:
                    Add(new Missed(which));
                    _next += which;
                    Start();
                    break;
                case DeliveredRingSpec.Do.StartElsewhere:
                    _room = new RoomId(_room.Value + 1);
                    Start();
                    break;
                case DeliveredRingSpec.Do.StartLower when _next > which:
                    Add(new Retracted(Nr(_next - which), Nr(_next)));
                    _next -= which;
                    Start();
                    break;
                case DeliveredRingSpec.Do.Open when _readers.Count < 5:
                    Open(new DeliveredReader(_ring.End, null), new Model(null));
                    break;
                case DeliveredRingSpec.Do.OpenForNotices when _readers.Count < 5:
                    Open(new DeliveredReader(_ring.End, WantsNotices), new Model(WantsNotices));
                    break;
                case DeliveredRingSpec.Do.Read when which < _readers.Count:
                    Read(_readers[which]);
                    break;
                case DeliveredRingSpec.Do.ReadAll when which < _readers.Count:
                    ReadAll(_readers[which]);
                    break;
                case DeliveredRingSpec.Do.Close when which < _readers.Count:
                    _ring.Close(_readers[which].Real, At(_time));
                    _readers.RemoveAt(which);
                    break;
                case DeliveredRingSpec.Do.Fork when which < _readers.Count && _readers.Count < 5:
                    Open(_readers[which].Real.Fork(), _readers[which].Model.Fork());
                    break;
                case DeliveredRingSpec.Do.Record:
                    _ring.IsRecorded = true;
                    _isRecorded = true;
                    break;
            }
        }

        private static bool WantsNotices(News news) => news is Notice;

        private void Say(string text) => Add(new Deliver(Record(_next++, 1, new Said(Block(Zoe, 1, text))), 0, "zoë"));

        private void Start() => Add(new Started(Nr(_next), 0, Norris.Core.Room.RoomPicture.None with { Room = _room }));

        private void Add(News news)
        {
            _ring.Add(news, At(_time));
            _readers.ForEach(r => r.Model.Add(news));
        }

        private void Open(DeliveredReader reader, Model model)
        {
            _ring.Open(reader);
            _readers.Add((reader, model));
        }

        private void ReadAll((DeliveredReader Real, Model Model) reader)
        {
            while (Read(reader))
            {
            }
        }

        private bool Read((DeliveredReader Real, Model Model) reader)
        {
            Assert.Equal(reader.Model.CanRead, reader.Real.CanRead(_ring.End));
            if (reader.Real.IsBehind)
            {
                reader.Real.Return();
            }

            var expected = reader.Model.Next();
            Assert.Equal(expected is not null, _ring.TryRead(reader.Real, At(_time), out var news));
            Assert.Equal(expected, news);
            return expected is not null;
        }
    }

    /// <summary>A reader with a list of its own.</summary>
    private sealed class Model(Func<News, bool>? wants)
    {
        private List<News> _unread = [];
        private List<News>? _lost;
        private SequenceNumber _last;

        public long UnreadBytes => _unread.Sum(DeliveredRing.SizeOf) - _owed.Sum(DeliveredRing.SizeOf);

        public bool CanRead => _lost is not null || _unread.Count > 0;

        private List<News> _owed = [];

        public void Add(News news)
        {
            if (_lost is not null)
            {
                _lost.Add(news);
                return;
            }

            if (_unread.Count == _owed.Count && wants?.Invoke(news) == false)
            {
                return;
            }

            _unread.Add(news);
            if (UnreadBytes > Bound)
            {
                _lost = [.. _unread.Skip(_owed.Count)];
                _unread = [.. _owed];
            }
        }

        public News? Next()
        {
            if (_lost is not null)
            {
                var taken = _lost.OfType<Retracted>().Where(r => r.First <= _last).Select(r => r.First.Value).DefaultIfEmpty(long.MaxValue).Min();
                var count = _lost.Sum(n => n is Deliver d ? d.Record.Count : n is Missed m ? m.Count : 0);
                _owed = [.. _owed, .. taken < long.MaxValue ? [new Retracted(Nr(taken), _last)] : Array.Empty<News>(), .. count > 0 ? [new Missed(count)] : Array.Empty<News>()];
                (_unread, _lost) = ([.. _owed], null);
            }

            while (_unread.Count > 0)
            {
                var (next, isOwed) = (_unread[0], _owed.Count > 0);
                _unread.RemoveAt(0);
                if (isOwed)
                {
                    _owed.RemoveAt(0);
                }

                if (isOwed || wants is null || wants(next))
                {
                    _last = next is Deliver d ? d.Record.Last : next is Retracted r ? r.First + -1 : next is Started s ? s.First + -1 : _last;
                    return next;
                }
            }

            return null;
        }

        public Model Fork() => new(wants) { _unread = [.. _unread], _lost = _lost?.ToList(), _last = _last, _owed = [.. _owed] };
    }
}
