using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace Norris.Tests.Mutants;

/// <summary>Machines, changed or not, with a simulator, a model checker and specs that look at them. It goes when it is disposed of.</summary>
public sealed class Specimen : IDisposable
{
    private readonly AssemblyLoadContext _context;
    private readonly ConcurrentDictionary<(string, ulong), string?> _seen = [];
    private readonly Func<string, ulong, string?> _runSeed;
    private readonly Func<IReadOnlySet<string>, string?> _runSpecs;
    private readonly Func<string?> _check;

    public Specimen(AssemblyLoadContext context, Assembly lookers)
    {
        _context = context;
        var prey = lookers.GetType(typeof(Prey).FullName!, throwOnError: true)!;
        _runSeed = Method<Func<string, ulong, string?>>(prey, nameof(Prey.RunSeed));
        _runSpecs = Method<Func<IReadOnlySet<string>, string?>>(prey, nameof(Prey.RunSpecs));
        _check = Method<Func<string?>>(prey, nameof(Prey.Check));
        Pulls = Method<Func<long>>(prey, nameof(Prey.Pulls));
        Scenarios = Method<Func<IReadOnlyList<string>>>(prey, nameof(Prey.Scenarios))();
    }

    public IReadOnlyList<string> Scenarios { get; }

    /// <summary>What <see cref="Prey.Pulls"/> says.</summary>
    public Func<long> Pulls { get; }

    /// <summary>What a seed sees broken, or null. It is run once, and remembered.</summary>
    public string? Seed(string scenario, ulong seed) => _seen.GetOrAdd((scenario, seed), s => _runSeed(s.Item1, s.Item2));

    /// <summary>The first spec that fails, and why; or null.</summary>
    public string? Specs(IReadOnlySet<string> but) => _runSpecs(but);

    /// <summary>What the model checker sees broken, or null.</summary>
    public string? Check() => _check();

    public void Dispose() => _context.Unload();

    private static T Method<T>(Type type, string name)
        where T : Delegate => type.GetMethod(name, BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<T>();
}
