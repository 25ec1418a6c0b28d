using Norris.Actors.Protocol;

namespace Norris.Actors.Membership;

/// <summary>
/// To whoever listens at an address: which incarnation is there? A port has one owner, so another incarnation's answer proves that the one before
/// is gone.
/// </summary>
internal sealed record WhoIsThere : Message;

/// <summary>The answer; who it is stands beside it, as with every message.</summary>
internal sealed record ItIsI : Message;
