namespace Norris.Node.Commands;

/// <summary>What a command tells the shell.</summary>
internal static class ExitCode
{
    public const int LeftProperly = 0;

    /// <summary>It could not be done: one line on stderr says why and what to do.</summary>
    public const int CouldNot = 1;

    /// <summary>The command line is wrong: one line on stderr says what to write instead.</summary>
    public const int WrongUsage = 2;
}
