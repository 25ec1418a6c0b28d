using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>Breaks the machines on purpose, from outside. This one breaks nothing.</summary>
public class Breakage
{
    /// <summary>Where it is looked for: the scenario that the seed stands for, or one with more of what may bring it out.</summary>
    public Func<Scenario, Scenario> Where { get; init; } = scenario => scenario;

    public virtual ProtocolOptions Options(ProtocolOptions options) => options;

    /// <summary>What a node's machine wanted done, and what is done instead; null: nothing.</summary>
    public virtual Effect? Does(SimulatedNode node, Effect effect) => effect;

    /// <summary>What arrives at a node's machine, and what it gets to see instead; null: nothing.</summary>
    public virtual Message? Sees(SimulatedNode node, Message message) => message;

    /// <summary>Whom a node takes out by what it knows of the cluster alone, whatever the machines say; null: that is for the machines.</summary>
    public virtual IReadOnlyCollection<NodeId>? TakesOut(ClusterPart part, long now) => null;

    /// <summary>Whether another incarnation at an address proves that the one before is gone.</summary>
    public virtual bool TakesReturnForProof => true;

    /// <summary>Whether any node may begin a room, also where no person asked for one.</summary>
    public virtual bool MayBegin => false;

    /// <summary>The view of the cluster that a sequencer gets to see instead.</summary>
    public virtual ClusterView Views(SimulatedNode node, ClusterView view) => view;
}
