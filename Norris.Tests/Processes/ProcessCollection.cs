namespace Norris.Tests.Processes;

/// <summary>Specs with processes run one after the other, when nothing else does: they measure time and share the machine's ports.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class ProcessCollection
{
    public const string Name = "processes";

    /// <summary>Bad input has its answer within this time.</summary>
    internal static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);
}
