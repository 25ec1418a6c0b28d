using Norris.Core.Protocol;

namespace Norris.Tests.Protocol;

internal sealed partial class FoundingWorld
{
    /// <summary>One incarnation.</summary>
    private sealed class Process
    {
        private readonly FoundingWorld _world;
        private readonly Founding _founding;
        private readonly long _startedAt;
        private long _ticks;
        private Action? _arrive;
        private long _arrivesAt;

        public Process(FoundingWorld world, int place)
        {
            (_world, Place, _startedAt) = (world, place, world._time - 1 - world._dice.Below(250));
            View = new([this], 0);
            _founding = new Founding(world._count, place, Now);
        }

        public int Place { get; }

        public RoomId Room { get; private set; }

        public View View { get; set; }

        public long StandsStillUntil { get; set; }

        private Now Now => new(_world._time - _startedAt, _world._time + 1_000_000);

        public override string ToString() => $"{Place} {(Room == RoomId.None ? "looks" : $"in room {Room.Value} of {View.Members.Count}")}";

        public void Tick()
        {
            if (_arrive is not null)
            {
                if (_world._time >= _arrivesAt)
                {
                    _arrive();
                    _arrive = null;
                }
            }
            else if (Room == RoomId.None)
            {
                Decide();
            }

            GiveUpWhereDue();
            if (_world._processes[Place] == this && ++_ticks % (Room == RoomId.None ? 2 : 8) == 0)
            {
                Ask();
            }
        }

        public void GiveUpWhereDue()
        {
            if (Room != RoomId.None && _founding.MustGiveUp(Room, [.. View.Members.Select(p => p.Place)], Now))
            {
                BeginAnew();
            }
        }

        public void BeginAnew()
        {
            _world.Crash(Place);
            _world.Start(Place);
        }

        private void Ask()
        {
            var question = new RoomQuestion(Now, _founding.Asks(Now));
            for (var place = 0; place < _world._count; place++)
            {
                if (place == Place || _world._cut[Place, place] || _world._dark[place])
                {
                    continue;
                }

                if (_world._processes[place] is not { } other)
                {
                    _founding.OnRefused(place, question.Asked, Now);
                    continue;
                }

                Send(other, () =>
                {
                    var answer = other._founding.OnQuestion(Place, question, other.Room, other.Now);
                    other.Send(this, () => _founding.OnAnswer(other.Place, answer, Now));
                });
            }
        }

        private void Send(Process to, Action arrive)
        {
            if (!_world._cut[Place, to.Place] && !_world._dice.Permille(_world._lost))
            {
                _world._way.Add((_world._time + _world._dice.Between(0, _world._slowest), to, arrive));
            }
        }

        private void Decide()
        {
            var verdict = _founding.Decide(Now);
            if (verdict.Step == FoundingStep.Wait)
            {
                return;
            }

            _arrivesAt = _world._time + _world._dice.Between(500, 4_000);
            if (verdict.Step == FoundingStep.Begin)
            {
                _arrive = () => (Room, View) = (new RoomId(++_world._rooms), new View([this], 0));
                return;
            }

            var door = _world._processes[_world._dice.Of(verdict.Members)];
            _arrive = () =>
            {
                // Let in, or not, and then it tries as somebody else.
                if (door is null || _world._processes[door.Place] != door || door.Room == RoomId.None || _world._cut[Place, door.Place] || door.StandsStillUntil > _world._time)
                {
                    BeginAnew();
                    return;
                }

                (Room, View) = (door.Room, new View([.. door.View.Members, this], door.View.Version + 1));
                door.View = View;
            };
        }
    }
}
