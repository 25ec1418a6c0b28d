using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>The JSON lines of the json screen, for many threads and to keep.</summary>
internal static class EventJson
{
    [ThreadStatic]
    private static JsonLines? _lines;

    public static byte[] Line(ChatEvent happened) => (_lines ??= new JsonLines()).Format(happened).ToArray();
}
