using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>How people name an invite: by its code, the beginning of it, or the whole line.</summary>
internal static class InviteWord
{
    public static bool TryRead(string word, out InviteId invite, out string whyNot)
    {
        var code = word[(word.LastIndexOf('/') + 1)..];
        whyNot = $"'{word}' is no invite: it begins with {InviteId.Letters} letters and digits, as in 4mvt";
        return InviteId.TryParse(code[..Math.Min(code.Length, InviteId.Letters)], out invite);
    }
}
