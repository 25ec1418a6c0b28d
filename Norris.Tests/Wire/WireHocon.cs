using Akka.Configuration;
using Norris.Actors;

namespace Norris.Tests.Wire;

internal static class WireHocon
{
    /// <summary>What a hardened node is set to.</summary>
    public static Config Config { get; } = ShippedHocon.Hardening.WithFallback(ShippedHocon.Wire).WithFallback(ShippedHocon.Messages);
}
