using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Devices;

/// <summary>A room whose order is a list: what can have a place has one at once, where the room has a majority. Any thread may call.</summary>
internal sealed class FakeRoom(Circle circle, TimeProvider time) : IDoorRoom
{
    private readonly Lock _gate = new();
    private int _waiting;
    private RoomCircle _circle = RoomCircle.Of(circle);

    public RoomCircle? Circle
    {
        get
        {
            lock (_gate)
            {
                return IsThere ? _circle : null;
            }
        }
    }

    public IReadOnlyList<string> Addresses { get; set; } = ["192.168.1.7:4053", "[fe80::1]:4053"];

    /// <summary>Whether this node is in it.</summary>
    public bool IsThere { get; set; } = true;

    public bool HasMajority { get; set; } = true;

    /// <summary>How many have asked since, where it has none.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public string? Say(CircleEntry entry)
    {
        lock (_gate)
        {
            var at = time.GetUtcNow().ToUnixTimeMilliseconds();
            var whyNot = _circle.WhyNot(entry, at);
            _circle = _circle.With(entry, at);
            return whyNot;
        }
    }

    public long LastStamp { get; set; }

    public async Task<string?> Submit(CircleEntry entry, CancellationToken cancel)
    {
        if (!HasMajority)
        {
            Interlocked.Increment(ref _waiting);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        }

        return Say(entry);
    }
}
