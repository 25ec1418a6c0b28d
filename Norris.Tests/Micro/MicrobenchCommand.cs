using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Norris.Tests.Micro;

/// <summary><c>microbench</c>: the hot parts alone, without actors and network; time and allocations of a message.</summary>
internal static class MicrobenchCommand
{
    public static int Run()
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(5).WithIterationCount(15))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "norris-microbench"));
        var summary = BenchmarkRunner.Run<HotParts>(config);
        return summary.Reports.All(r => r.Success) && !summary.HasCriticalValidationErrors ? 0 : 1;
    }
}
