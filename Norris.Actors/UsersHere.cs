using Akka.Actor;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>A node's users, as its replica sees them: each is told of its own entries, and of what concerns all. Not safe for several threads.</summary>
internal sealed class UsersHere
{
    private readonly Dictionary<UserId, User> _users = [];
    private readonly List<User> _hearing = [];

    public void Add(UserId user, IActorRef actor) => _users[user] = new User(actor);

    /// <summary>Where another actor has taken the user over, that one stays.</summary>
    public void Remove(UserId user, IActorRef actor)
    {
        if (_users.TryGetValue(user, out var there) && there.Actor.Equals(actor))
        {
            _users.Remove(user);
        }
    }

    public void Hear(IReadOnlyList<Effect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Deliver { Record.Entry.About: { } user }:
                    Hear(user, effect);
                    break;
                case RefuseUser e:
                    Hear(e.User, effect);
                    break;
                case LogStarted or EpochAccepted or Settled or Excluded:
                    foreach (var user in _users.Keys)
                    {
                        Hear(user, effect);
                    }

                    break;
            }
        }

        foreach (var user in _hearing)
        {
            user.Actor.Tell(new Heard(user.News!));
            user.News = null;
        }

        _hearing.Clear();
    }

    private void Hear(UserId user, Effect effect)
    {
        if (_users.TryGetValue(user, out var here))
        {
            if (here.News is null)
            {
                here.News = [];
                _hearing.Add(here);
            }

            here.News.Add(effect);
        }
    }

    private sealed class User(IActorRef actor)
    {
        public IActorRef Actor { get; } = actor;

        /// <summary>What it is told in one; null: nothing so far.</summary>
        public List<Effect>? News { get; set; }
    }
}

/// <summary>What concerns a user of what its node's replica does, in order.</summary>
internal sealed record Heard(IReadOnlyList<Effect> Effects);
