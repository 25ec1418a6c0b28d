using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Norris.Tests.Mutants;

/// <summary>
/// Compiles the machines, changed, into an assembly of their own, in memory, and puts beside it what looks at them: the simulator, the model
/// checker and the machines' specs, compiled once. Safe for several threads.
/// </summary>
public sealed class Workshop
{
    private const string MachinesName = "Norris.Mutant";
    private const string LookersName = "Norris.Mutant.Lookers";
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly string[] Machinery = ["Norris.Actors/Core/Protocol", "Norris.Actors/Core/Room"];
    private static readonly string[] Lookers = ["Norris.Tests/Simulation", "Norris.Tests/Protocol", "Norris.Tests/Wire/Shown.cs", "Norris.Tests/ModelCheck", "Norris.Tests/Mutants/Prey.cs"];
    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    private readonly SyntaxTree[] _machines;
    private readonly SyntaxTree[] _onLeash;
    private readonly CSharpCompilation _unchanged;
    private readonly byte[] _lookers;

    /// <param name="root">The folder of the repository.</param>
    public Workshop(string root)
    {
        SyntaxTree Parse(string file) => CSharpSyntaxTree.ParseText(File.ReadAllText(file), Language, Path.GetRelativePath(root, file));
        _machines = [.. Files(root, Machinery).Select(Parse)];
        _onLeash = [.. _machines.Select(PutOnLeash)];
        var visible = CSharpSyntaxTree.ParseText($"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{LookersName}\")]", Language);
        _unchanged = Compilation(MachinesName, [.. _onLeash, .. Files(root, ["Norris.Tests/Mutants/Leash.cs"]).Select(Parse), visible], Usings, References());

        // The specs of the simulator and of the model checker are no use here: these two look themselves.
        var lookers = Files(root, Lookers).Where(f => f.Contains("Norris.Tests/Protocol", StringComparison.Ordinal) || !f.EndsWith("Spec.cs", StringComparison.Ordinal));
        var compilation = Compilation(LookersName, lookers.Select(Parse), $"{Usings} global using Xunit;", References().Add(_unchanged.ToMetadataReference()));
        _lookers = Emit(compilation, out var errors) ?? throw new InvalidOperationException($"the simulator and the specs do not compile alone: {errors}");
    }

    /// <summary>The sources of the machines as they are.</summary>
    public IReadOnlyList<SyntaxTree> Machines => _machines;

    /// <summary>The machines as they are.</summary>
    public Specimen Unchanged() => Load(Emit(_unchanged, out var errors) ?? throw new InvalidOperationException($"the machines do not compile alone: {errors}"));

    /// <summary>Throws <see cref="AnchorException"/> where a mutant does not fit the sources.</summary>
    public void Require(Mutant mutant) => mutant.Change([.. _machines]);

    /// <summary>The machines with a change in them; null where they do not compile.</summary>
    public Specimen? Make(Mutant mutant, out string errors)
    {
        var changed = _machines.ToArray();
        mutant.Change(changed);
        var compilation = _unchanged;
        for (var i = 0; i < changed.Length; i++)
        {
            if (!ReferenceEquals(changed[i], _machines[i]))
            {
                compilation = compilation.ReplaceSyntaxTree(_onLeash[i], PutOnLeash(changed[i]));
            }
        }

        return Emit(compilation, out errors) is { } assembly ? Load(assembly) : null;
    }

    private Specimen Load(byte[] machines)
    {
        var context = new Pair(machines);
        return new Specimen(context, context.LoadFromStream(new MemoryStream(_lookers)));
    }

    private static CSharpCompilation Compilation(string name, IEnumerable<SyntaxTree> sources, string usings, IEnumerable<MetadataReference> references) => CSharpCompilation.Create(
        name,
        [.. sources, CSharpSyntaxTree.ParseText(usings, Language)],
        references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));

    private static byte[]? Emit(CSharpCompilation compilation, out string errors)
    {
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        errors = string.Join("; ", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(3));
        return result.Success ? assembly.ToArray() : null;
    }

    private static SyntaxTree PutOnLeash(SyntaxTree tree) => tree.WithRootAndOptions(new Leashing().Visit(tree.GetRoot()), tree.Options);

    private static IEnumerable<string> Files(string root, string[] places) => places
        .Select(place => Path.Combine(root, place))
        .SelectMany(place => File.Exists(place) ? [place] : Directory.GetFiles(place, "*.cs").Order(StringComparer.Ordinal).ToArray());

    /// <summary>All that this process could refer to, but its own machines and tests, whose names would be there twice.</summary>
    private static ImmutableArray<MetadataReference> References() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetFileNameWithoutExtension(file) is var name && name != "norris" && !name.StartsWith("Norris.", StringComparison.Ordinal) && name != typeof(Workshop).Assembly.GetName().Name)
            .Select(file => MetadataReference.CreateFromFile(file))];

    /// <summary>Where the lookers find their machines.</summary>
    private sealed class Pair(byte[] machines) : AssemblyLoadContext(MachinesName, isCollectible: true)
    {
        private Assembly? _loaded;

        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name == MachinesName ? _loaded ??= LoadFromStream(new MemoryStream(machines)) : null;
    }
}
