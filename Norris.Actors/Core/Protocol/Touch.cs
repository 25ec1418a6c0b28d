namespace Norris.Core.Protocol;

/// <summary>
/// What the users of a node are told of the host that it follows, in two steps: that it is silent; and, where no quorum is there to choose another, that they
/// are cut off. Pure.
/// </summary>
internal sealed class Touch(ProtocolOptions options)
{
    private long _heardAt;
    private State _state;

    private enum State
    {
        Heard,
        Silent,
        Lost,
    }

    /// <summary>Whether the host was heard lately.</summary>
    public bool IsHeard => _state == State.Heard;

    /// <summary>For how long nothing of the host has come, in milliseconds.</summary>
    public long SilentFor(Now now) => now.Elapsed - _heardAt;

    public void Heard(Now now, List<Effect> effects)
    {
        _heardAt = now.Elapsed;
        if (_state != State.Heard)
        {
            _state = State.Heard;
            effects.Add(new TouchRegained());
        }
    }

    public void Tick(NodeId host, bool othersAreChoosing, Now now, List<Effect> effects)
    {
        if (SilentFor(now) < options.TouchLostAfter)
        {
            return;
        }

        if (_state == State.Heard)
        {
            _state = State.Silent;
            effects.Add(new HostSilent(host));
        }

        if (_state == State.Silent && !othersAreChoosing && SilentFor(now) >= options.TouchLostAfter + options.HostSilentAfter)
        {
            _state = State.Lost;
            effects.Add(new TouchLost());
        }
    }
}
