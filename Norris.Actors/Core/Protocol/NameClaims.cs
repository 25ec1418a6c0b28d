using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// Who may have which name: whoever comes gets the first that is free, nobody one that is kept for another, and of two sessions of one owner the one that lives keeps theirs. Says what is to be
/// numbered; each entry is numbered before the next is asked for, since the next name is looked up in the room after it. Pure.
/// </summary>
/// <param name="room">The room after the last entry of the log.</param>
/// <param name="options">The bounds.</param>
/// <param name="begun">When the reign began.</param>
internal sealed class NameClaims(RoomState room, ProtocolOptions options, Now begun)
{
    private readonly long _begunAt = begun.Elapsed;
    private readonly List<Ghost> _ghosts = [];

    // When, by this process's clock, whoever left in this reign did.
    private readonly Dictionary<UserId, long> _leftAt = [];

    public bool AreOpen => _ghosts.Count > 0;

    /// <summary>A user wants to be here.</summary>
    public IEnumerable<Entry> OnUserJoinRequest(NodeId from, UserJoinRequest request, ClusterView view, Now now, List<Effect> effects)
    {
        if (!room.IsMember(from) || request.FirstCounter < 1 || _ghosts.Any(g => g.Request.User == request.User))
        {
            return [];
        }

        if (OwnerProof.OwnerOf(request.Proof.Span, room.Room, from, request.User) is not { } owner)
        {
            effects.Add(new Disbelieved(from, request, "its proof is not for this user, on this node, in this room"));
            return [];
        }

        if (room.Find(request.User) is { } present)
        {
            // The same session on another node: its process joined again before its old incarnation was gone. Who shows no proof waits until that is.
            return present.Node != from && present.Owner == owner && owner != OwnerId.Nobody
                ? [new UserJoined(request.User, present.Name, from, owner, request.FirstCounter)]
                : [];
        }

        if (room.UserCount >= Limits.Users)
        {
            effects.Add(new Send(from, new UserRefused(request.User, $"the room is full: it takes {Limits.Users} users")));
            return [];
        }

        var wanted = request.Wanted.Length == 0 ? Names.MakeUp(request.User) : request.Wanted;
        if (!Names.TryNormalise(wanted, out var name, out var whyNot))
        {
            effects.Add(new Send(from, new UserRefused(request.User, whyNot)));
            return [];
        }

        if (owner != OwnerId.Nobody && room.FindByName(name) is { } holder && holder.Owner == owner && holder.Node != from)
        {
            // One's own ghost, or one's own other window? Whoever shows life keeps the name.
            _ghosts.Add(new Ghost(request, from, name, owner, holder, now.Elapsed + options.GhostTimeout));
            return GiveNames(view, now);
        }

        return [Given(request, from, name, owner, now)];
    }

    /// <summary>By the rules for names of those who come. The request may be an old one, and have been heard: then nothing has to be done.</summary>
    public IEnumerable<Entry> OnUserRenameRequest(NodeId from, UserRenameRequest request, Now now, List<Effect> effects)
    {
        if (room.Find(request.User) is not { } user || user.Node != from)
        {
            return [];
        }

        if (!Names.TryNormalise(request.Wanted, out var wanted, out var whyNot))
        {
            effects.Add(new Send(from, new UserRefused(request.User, whyNot)));
            return [];
        }

        var name = FirstFree(wanted, user.User, user.Owner, now);
        if (name == user.Name && name != wanted)
        {
            effects.Add(new Send(from, new UserRefused(request.User, $"'{wanted}' is somebody else's name")));
        }

        return name == user.Name ? [] : [new UserRenamed(user.User, name)];
    }

    /// <summary>A user wants to go, and says so from the own node.</summary>
    public IEnumerable<Entry> OnUserLeaveRequest(NodeId from, UserLeaveRequest request) =>
        room.Find(request.User) is { } user && user.Node == from ? [new UserLeft(request.User, LeaveReason.Left)] : [];

    /// <summary>A user has left.</summary>
    public void Leaves(UserId user, Now now)
    {
        _leftAt[user] = now.Elapsed;
        if (_leftAt.Count > 2 * Limits.DepartedUsers)
        {
            foreach (var forgotten in _leftAt.Keys.Where(u => !room.Knows(u) || room.Find(u) is not null).ToList())
            {
                _leftAt.Remove(forgotten);
            }
        }
    }

    /// <summary>A node has acknowledged: the names of its users are not those of ghosts.</summary>
    public void ShowsLife(NodeId node)
    {
        foreach (var ghost in _ghosts)
        {
            ghost.Alive |= ghost.Holder.Node == node;
        }
    }

    /// <summary>Whoever waited for a ghost, and need not wait any longer, gets a name.</summary>
    public IEnumerable<Entry> GiveNames(ClusterView view, Now now)
    {
        for (var i = _ghosts.Count - 1; i >= 0; i--)
        {
            var ghost = _ghosts[i];
            var gone = !view.Present.Contains(ghost.Holder.Node) || now.Elapsed >= ghost.Until;
            if (!ghost.Alive && !gone)
            {
                continue;
            }

            _ghosts.RemoveAt(i);
            if (!room.IsMember(ghost.Node) || room.IsPutOut(ghost.Node) || room.Find(ghost.Request.User) is not null || room.UserCount >= Limits.Users)
            {
                continue;
            }

            if (!ghost.Alive && room.Find(ghost.Holder.User) is { } holder && holder.Node == ghost.Holder.Node)
            {
                yield return new UserLeft(holder.User, LeaveReason.Crashed);
            }

            yield return Given(ghost.Request, ghost.Node, ghost.Name, ghost.Owner, now);
        }
    }

    private UserJoined Given(UserJoinRequest request, NodeId node, string name, OwnerId owner, Now now) =>
        new(request.User, FirstFree(name, request.User, owner, now), node, owner, request.FirstCounter);

    private string FirstFree(string wanted, UserId user, OwnerId owner, Now now) => Names.FirstFree(
        wanted,
        candidate => room.IsMistakable(candidate, user)
            || (room.FindKept(candidate, user => IsKept(user, now)) is { } kept && (owner == OwnerId.Nobody || kept.Owner != owner)));

    /// <summary>
    /// How long ago somebody left, only a clock that saw it can say: the stamps in the log may be those of other machines, hours apart. So a name is
    /// kept for that long after this reign has seen its owner leave, and after its beginning for whoever had left before.
    /// </summary>
    private bool IsKept(UserId user, Now now) => now.Elapsed - _leftAt.GetValueOrDefault(user, _begunAt) <= Limits.NameKeptFor;

    /// <summary>Somebody asks for a name that the same owner's other session holds.</summary>
    private sealed record Ghost(UserJoinRequest Request, NodeId Node, string Name, OwnerId Owner, PresentUser Holder, long Until)
    {
        public bool Alive { get; set; }
    }
}
