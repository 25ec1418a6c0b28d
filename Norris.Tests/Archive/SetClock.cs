namespace Norris.Tests.Archive;

/// <summary>A wall clock that goes only when it is told to.</summary>
internal sealed class SetClock : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(LivedHistory.Start);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;

    public void Set(DateTimeOffset now) => _now = now;
}
