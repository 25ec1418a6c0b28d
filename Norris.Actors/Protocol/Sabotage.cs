namespace Norris.Actors.Protocol;

/// <summary>Ways to break the machines on purpose, so that tests can show that the simulator finds each. Never set but by a test.</summary>
[Flags]
internal enum Sabotage
{
    None = 0,
    SkipTheFence = 1 << 0,
    ForgetThePromise = 1 << 1,
    FollowAnyHost = 1 << 2,
    ReuseAnEpoch = 1 << 3,
    DeliverBeforeStable = 1 << 4,
    ForgetTheTruncation = 1 << 5,
    TakeHalfForAQuorum = 1 << 6,
    ChangeMembersTwiceAtOnce = 1 << 7,
    SkipTheDedupe = 1 << 8,
    ForgetTheOrderOfAUser = 1 << 9,
    GiveNamesBlindly = 1 << 10,
    HushUpLosses = 1 << 11,
    TrustTheDead = 1 << 12,
}
