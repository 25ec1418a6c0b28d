namespace Norris.Node.Session;

/// <summary>Which of those who come and go a screen tells of: its user's own taste, kept in the profile.</summary>
public enum JoinNotices
{
    /// <summary>Those who have said nothing lately are told of in one line, by their number.</summary>
    Few = 0,

    /// <summary>All, by name.</summary>
    All = 1,

    /// <summary>None.</summary>
    Off = 2,
}
