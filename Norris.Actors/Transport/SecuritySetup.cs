using Akka.Actor.Setup;
using Norris.Actors.Devices;

namespace Norris.Actors.Transport;

/// <summary>What an actor system's transport is given where its room is for certain devices.</summary>
internal sealed class SecuritySetup(RoomSecurity security) : Setup
{
    /// <summary>Whether a transport works by it.</summary>
    public bool IsTaken { get; private set; }

    public RoomSecurity Security => security;

    public Tls Take()
    {
        IsTaken = true;
        return new Tls(security);
    }
}
