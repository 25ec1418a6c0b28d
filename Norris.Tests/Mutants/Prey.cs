using System.Reflection;
using Norris.Tests.ModelCheck;
using Norris.Tests.Simulation;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Norris.Tests.Mutants;

/// <summary>
/// Compiled once more, beside the mutants: runs the simulator, the model checker and the specs that are in its assembly. It speaks in strings and numbers, because
/// the types of a mutant mean nothing outside.
/// </summary>
public static class Prey
{
    // The quick rooms have a tenth of that.
    private const int MostStates = 300_000;

    /// <summary>The scenarios that a seed can be run with; the empty one is as the seed stands for.</summary>
    public static IReadOnlyList<string> Scenarios() => ["", .. Scenario.Named.Keys];

    /// <summary>Runs a seed; gives the promise that it sees broken, or null.</summary>
    public static string? RunSeed(string scenario, ulong seed)
    {
        Leash.Loosen();
        return Outcome.Of(seed, scenario, null).Violation?.Message;
    }

    /// <summary>How much of the <see cref="Leash"/> the last seed of this thread has used.</summary>
    public static long Pulls() => Leash.Pulls;

    /// <summary>Goes through every order of events in the quickest of the model checker's rooms; gives the first promise that it sees broken, or null.</summary>
    public static string? Check()
    {
        foreach (var configuration in Configuration.All.Where(c => c.IsQuick))
        {
            Leash.Loosen();
            if (new Explorer(configuration).Run(MostStates) is var exploration && (exploration.Violations.Count > 0 || !exploration.IsExhausted))
            {
                return $"check {configuration.Name}: {(exploration.Violations.Count > 0 ? exploration.Violations[0].Broken.Message : "states without end")}";
            }
        }

        return null;
    }

    /// <summary>Runs this assembly's specs up to the first that fails; gives its name and why, or null. Those that are named in <paramref name="but"/> are left out.</summary>
    public static string? RunSpecs(IReadOnlySet<string> but)
    {
        foreach (var (name, type, method) in Specs().Where(s => !but.Contains(s.Name)))
        {
            // A fact has no rows of data: it is run once, with nothing.
            var data = method.GetCustomAttributes<DataAttribute>().SelectMany(d => d.GetData(method)).DefaultIfEmpty([]);
            foreach (var arguments in data)
            {
                Leash.Loosen();
                if (Failure(type, method, arguments) is { } why)
                {
                    return $"{name}: {why}";
                }
            }
        }

        return null;
    }

    private static IEnumerable<(string Name, Type Type, MethodInfo Method)> Specs() =>
        from type in typeof(Prey).Assembly.GetTypes()
        where type is { IsClass: true, IsAbstract: false }
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
        where method.GetCustomAttribute<FactAttribute>() is { Skip: null }
        select ($"{type.Name}.{method.Name}", type, method);

    private static string? Failure(Type type, MethodInfo method, object?[] arguments)
    {
        try
        {
            var needsOutput = type.GetConstructors().Any(c => c.GetParameters() is [{ } only] && only.ParameterType == typeof(ITestOutputHelper));
            var spec = needsOutput ? Activator.CreateInstance(type, new TestOutputHelper()) : Activator.CreateInstance(type);
            try
            {
                (method.Invoke(spec, arguments) as Task)?.GetAwaiter().GetResult();
            }
            finally
            {
                (spec as IDisposable)?.Dispose();
            }

            return null;
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException!.Message;
        }
        catch (XunitException e)
        {
            return e.Message;
        }
    }
}
