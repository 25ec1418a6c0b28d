namespace Norris.Tests.Simulation;

/// <summary>The network is off for all, and comes back.</summary>
public sealed partial class Simulator
{
    // When the last network that was off for all is whole again, in microseconds.
    private long _wholeSince = long.MinValue / 2;

    /// <summary>The network comes back, and with it one connection after the other.</summary>
    private void HealOneByOne(IReadOnlyCollection<string> addresses)
    {
        var on = _dice.Between(100, 20_000);
        _wholeSince = _time.Now + (on + 1000) * Scenario.Millisecond;
        foreach (var a in addresses)
        {
            foreach (var b in addresses.Where(b => string.CompareOrdinal(a, b) < 0))
            {
                _time.After((on + _dice.Between(0, 1000)) * Scenario.Millisecond, () =>
                {
                    _network.Mend(a, b);
                    _network.Mend(b, a);
                });
            }
        }
    }

    private void JudgeLosses()
    {
        if (_scenario.KillsNobody && _checker.LossesAnnounced > 0)
        {
            throw new ViolationException("nothing is lost where nobody dies", $"{_checker.LossesAnnounced} times it is said that something may be");
        }
    }
}
