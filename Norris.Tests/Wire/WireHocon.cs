using Akka.Configuration;
using Norris.Actors.Wire;

namespace Norris.Tests.Wire;

internal static class WireHocon
{
    /// <summary>hocon/wire.hocon as the library carries it.</summary>
    public static Config Config { get; } = Load();

    private static Config Load()
    {
        using var stream = typeof(FromNode).Assembly.GetManifestResourceStream("hocon/wire.hocon")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
