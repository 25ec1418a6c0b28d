namespace Norris.Tests.Architecture;

/// <summary>What a spec has started is gone when it is done.</summary>
public sealed class DisposalSpec
{
    /// <remarks>The runner looks for <see cref="IDisposable"/> and <see cref="IAsyncLifetime"/>, and for nothing else.</remarks>
    [Fact]
    public void A_spec_is_disposed_in_a_way_that_the_runner_knows() =>
        Assert.Empty(typeof(DisposalSpec).Assembly.GetExportedTypes()
            .Where(type => type.IsAssignableTo(typeof(IAsyncDisposable)) && !type.IsAssignableTo(typeof(IAsyncLifetime)) && !type.IsAssignableTo(typeof(IDisposable)))
            .Select(type => type.Name));
}
