using Microsoft.CodeAnalysis;

namespace Norris.Tests.Mutants;

/// <summary>A small change to the machines.</summary>
/// <param name="Name">What it makes them do, or which change it is.</param>
public abstract record Mutant(string Name)
{
    /// <summary>Why nothing can show it. Null: something has to.</summary>
    public string? Harmless { get; init; }

    /// <summary>
    /// The simulator alone finds it within 1,000 seeds of this scenario (empty: as the seeds stand for). Null: that is not asked of the simulator.
    /// </summary>
    public string? Scenario { get; init; }

    /// <summary>Changes the sources, which are in place; throws <see cref="AnchorException"/> where they are not what the mutant expects.</summary>
    public abstract void Change(SyntaxTree[] sources);
}

/// <summary>The sources have moved on, and a mutant no longer fits: it has to be written anew, or it goes.</summary>
public sealed class AnchorException(string message) : Exception(message);
