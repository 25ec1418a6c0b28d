using System.Diagnostics;

namespace Norris.Tests.Mutants;

/// <summary>What became of a mutant.</summary>
public enum Fate
{
    /// <summary>A spec failed, or a seed saw a promise broken that the unchanged machines keep.</summary>
    Found,

    /// <summary>Nothing noticed it.</summary>
    Survived,

    /// <summary>It does not compile, so it is none.</summary>
    Stillborn,
}

/// <summary>What became of a mutant, by what, and after how long.</summary>
public sealed record Verdict(Mutant Mutant, Fate Fate, string By, TimeSpan Took)
{
    /// <summary>Whether that is as it has to be: a harmless one survives, any other one is found.</summary>
    public bool IsAsDeclared => Fate == (Mutant.Harmless is null ? Fate.Found : Fate.Survived);
}

/// <summary>Looks for mutants: first with the specs, then with the model checker, then with seeds, and stops at the first finding. Safe for several threads.</summary>
public sealed class Hunt : IDisposable
{
    private const string Checker = "the model checker";
    private readonly Workshop _workshop;
    private readonly Specimen _unchanged;
    private readonly HashSet<string> _broken = [];
    private readonly bool _seedsOnly;
    private readonly bool _checks;

    /// <param name="workshop">Makes the mutants.</param>
    /// <param name="seedsOnly">Whether neither specs nor the model checker look.</param>
    public Hunt(Workshop workshop, bool seedsOnly = false)
    {
        _workshop = workshop;
        _seedsOnly = seedsOnly;
        _unchanged = workshop.Unchanged();
        while (!seedsOnly && _unchanged.Specs(_broken) is { } failure)
        {
            _broken.Add(failure.Split(':')[0]);
        }

        _checks = !seedsOnly && _unchanged.Check() is null;
        if (!seedsOnly && !_checks)
        {
            _broken.Add(Checker);
        }
    }

    /// <summary>What fails already without any change, and so shows nothing.</summary>
    public IReadOnlySet<string> Broken => _broken;

    public Specimen Unchanged => _unchanged;

    /// <summary>Looks for a mutant with so many seeds of each scenario.</summary>
    public Verdict For(Mutant mutant, ulong seeds)
    {
        var watch = Stopwatch.StartNew();
        using var specimen = _workshop.Make(mutant, out var errors);
        return specimen is null
            ? new Verdict(mutant, Fate.Stillborn, errors, watch.Elapsed)
            : FindingOf(specimen, seeds) is { } by ? new Verdict(mutant, Fate.Found, by, watch.Elapsed) : new Verdict(mutant, Fate.Survived, "", watch.Elapsed);
    }

    public void Dispose() => _unchanged.Dispose();

    private string? FindingOf(Specimen specimen, ulong seeds)
    {
        if (!_seedsOnly && specimen.Specs(_broken) is { } failure)
        {
            return failure;
        }

        if (_checks && specimen.Check() is { } violation)
        {
            return violation;
        }

        for (ulong seed = 1; seed <= seeds; seed++)
        {
            foreach (var scenario in specimen.Scenarios)
            {
                // What the unchanged machines break, too, is another matter.
                if (specimen.Seed(scenario, seed) is { } broken && _unchanged.Seed(scenario, seed) is null)
                {
                    return $"seed {seed}{(scenario.Length > 0 ? $" --with {scenario}" : "")}: {broken}";
                }
            }
        }

        return null;
    }
}
