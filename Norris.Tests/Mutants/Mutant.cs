using Microsoft.CodeAnalysis;

namespace Norris.Tests.Mutants;

/// <summary>A small change to the machines.</summary>
/// <param name="Name">What it makes them do, or which change it is.</param>
public abstract record Mutant(string Name)
{
    /// <summary>Why nothing can show it. Null: something has to.</summary>
    public string? Harmless { get; init; }

    /// <summary>So many seeds of each scenario show it, or the specs do. More than a few: only the command looks for it.</summary>
    public ulong Seeds { get; init; } = 25;

    /// <summary>Changes the sources, which are in place; throws <see cref="AnchorException"/> where they are not what the mutant expects.</summary>
    public abstract void Change(SyntaxTree[] sources);
}

/// <summary>The sources have moved on, and a mutant no longer fits: it has to be written anew, or it goes.</summary>
public sealed class AnchorException(string message) : Exception(message);
