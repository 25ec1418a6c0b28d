using Akka.Configuration;

namespace Norris.Actors;

/// <summary>The settings that the library brings along; each is explained in hocon/.</summary>
internal static class ShippedHocon
{
    /// <summary>What <see cref="NorrisHosting.WithNorris"/> adds: how Norris's own messages are written.</summary>
    public static Config Messages { get; } = Read("messages");

    /// <summary>What <see cref="NorrisHosting.WithNorrisHardening"/> replaces.</summary>
    public static Config Hardening { get; } = Read("hardening");

    /// <summary>Norris's own transport.</summary>
    public static Config Wire { get; } = Read("wire");

    private static Config Read(string name)
    {
        using var stream = typeof(ShippedHocon).Assembly.GetManifestResourceStream($"hocon/{name}.hocon")
            ?? throw new InvalidOperationException($"hocon/{name}.hocon is not in this build");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
