using System.Reflection;

namespace Norris.Node.Session;

/// <summary>Which release this program is, without the commit: 0.1.0, or 0.1.0-alpha.0.7 seven commits after the last release.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
