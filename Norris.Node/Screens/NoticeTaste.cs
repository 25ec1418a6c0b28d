using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>Which notices of who comes and goes the user wants, on all screens of this run. Safe for several threads.</summary>
/// <param name="first">As it was kept.</param>
/// <param name="keep">Keeps it for the next run.</param>
public sealed class NoticeTaste(JoinNotices first, Action<JoinNotices> keep)
{
    private volatile JoinNotices _shown = first;

    public JoinNotices Shown => _shown;

    public void Change(JoinNotices to)
    {
        _shown = to;
        keep(to);
    }

    /// <summary>What a change means, in words.</summary>
    public static string Words(JoinNotices shown) => shown switch
    {
        JoinNotices.Off => "no notices: who comes and goes is not told",
        JoinNotices.All => "all notices: everybody who comes and goes is told by name",
        _ => "few notices: who comes and goes and has said nothing lately is counted in one line",
    };
}
