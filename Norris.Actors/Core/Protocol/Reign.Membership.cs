using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>Nodes and users come and go.</summary>
internal sealed partial class Reign
{
    // Who is to be let in, and who is to be taken out and why; one change of membership at a time is ordered.
    private readonly Dictionary<NodeId, int> _joining = [];
    private readonly Dictionary<NodeId, LeaveReason> _departing = [];
    private readonly Dictionary<NodeId, int> _livesAskedFor = [];
    private readonly List<NodeId> _goodbyes = [];
    private readonly List<Ghost> _ghosts = [];

    public void OnView(ClusterView view, Now now, List<Effect> effects)
    {
        foreach (var node in view.Dead.Where(node => !_view.Dead.Contains(node) && now.Since(_followedAt.GetValueOrDefault(node)) < Limits.TieLease))
        {
            _followedToTheEnd.Add(node);
        }

        foreach (var node in view.Present.Where(node => !_view.Present.Contains(node)))
        {
            // It has not had the time yet to be heard.
            _heardAt[node] = now.Elapsed;
        }

        _view = view;
        _died = [.. view.Dead.Except(_deadBefore)];
        _acksChanged = true;
        _goodbyes.RemoveAll(node => !view.Present.Contains(node));
        foreach (var node in _joining.Keys.Where(node => !view.Present.Contains(node)).ToList())
        {
            _joining.Remove(node);
        }

        Forget();
        SettleGhosts(now);
        Drained(now, effects);
    }

    /// <summary>Who is neither in the cluster nor in a membership that counts is forgotten: visitors come and go for as long as the reign lasts.</summary>
    private void Forget()
    {
        bool IsOver(NodeId node) => !_view.Present.Contains(node) && !_room.IsMember(node) && _membersBefore?.ContainsKey(node) != true;

        foreach (var node in _heardAt.Keys.Concat(_acked.Keys).Concat(_livesAskedFor.Keys).Concat(_followedToTheEnd).Where(IsOver).ToList())
        {
            _acked.Remove(node);
            _heardAt.Remove(node);
            _sentAt.Remove(node);
            _followedAt.Remove(node);
            _followedToTheEnd.Remove(node);
            _livesAskedFor.Remove(node);
            _departing.Remove(node);
        }
    }

    private void OnJoinRequest(NodeId from, JoinRequest request, List<Effect> effects)
    {
        if (!_view.Present.Contains(from))
        {
            return;
        }

        var life = _room.LifeOf(from);
        _livesAskedFor[from] = Math.Max(request.Life, _livesAskedFor.GetValueOrDefault(from));
        _acksChanged = true;
        if (life == 0)
        {
            if (_membersBefore?.GetValueOrDefault(from) is { } over && over >= request.Life)
            {
                // Taken out before its log ever started, so it cannot say what the others wait for: it has to begin another life.
                effects.Add(new Send(from, new Expelled(Epoch, over)));
                return;
            }

            if (!_joining.ContainsKey(from) && _room.Members.Count + _joining.Count >= Limits.Nodes)
            {
                effects.Add(new Send(from, new JoinRefused($"the room is full: it takes {Limits.Nodes} nodes")));
                return;
            }

            _joining[from] = Math.Max(request.Life, _joining.GetValueOrDefault(from));
        }
        else if (life == request.Life)
        {
            // Let in already, but what would start its log got lost.
            SendBase(from, effects);
        }
        else if (request.Life > life)
        {
            // A member that had to start again: it does not count for what it once had.
            Expel(from);
        }
    }

    private void OnLeaveRequest(NodeId from, List<Effect> effects)
    {
        if (_room.IsMember(from))
        {
            _departing[from] = LeaveReason.Left;
        }
        else if (!_goodbyes.Contains(from))
        {
            _joining.Remove(from);
            effects.Add(new Send(from, new Expelled(Epoch, 0)));
        }
    }

    private void Expel(NodeId node)
    {
        if (_room.IsMember(node))
        {
            _departing.TryAdd(node, LeaveReason.Expelled);
        }
    }

    /// <summary>
    /// Takes out of the cluster whom a quorum of the membership, this host among it, can do without: members that it has not heard for long, and others
    /// that the cluster does not reach, since nobody comes in or leaves while such a node is in doubt.
    /// </summary>
    private void TakeOutTheSilent(Now now, List<Effect> effects)
    {
        if (now.Elapsed - _tookOutAt < _options.AskAgainAfter)
        {
            return;
        }

        // Two that do not reach each other hold up whoever wants to come or go, though both reach the host: then the younger one goes; but only where this host
        // hears a quorum without it. Else, of two members that do not hear each other, the host takes out the one that may decide alone, and that one the host.
        _heldUpSince = _view is { SomebodyWaits: true, Unreachable.Count: > 0 } ? _heldUpSince ?? now.Elapsed : null;
        if (now.Elapsed - _heldUpSince >= _options.NodeSilentAfter && now.Elapsed - _judgeFrom >= _options.NodeSilentAfter && _view.Unreachable is [.., var younger] && younger != _self
            && HearsQuorum(node => node != younger && SilentFor(node, now) < Limits.TieAfter / 2, now))
        {
            _tookOutAt = now.Elapsed;
            _heldUpSince = now.Elapsed;
            effects.Add(new TakeOut(younger, "another member does not reach it, and somebody waits to come or to go"));
        }

        foreach (var node in _view.Present)
        {
            if (node != _self && SilentFor(node, now) >= _options.NodeSilentAfter && (_room.IsMember(node) || _view.Unreachable.Contains(node)))
            {
                _tookOutAt = now.Elapsed;
                effects.Add(new TakeOut(node, $"the host has not heard it for {SilentFor(node, now)} ms"));
            }
        }
    }

    private void ExpelLaggards()
    {
        // Only who holds up the trimming, and never so many that no quorum is left.
        if ((_log.Bytes > _options.RetainedBytes || _stretches.Count > Limits.Stretches / 2) && _departing.Count == 0)
        {
            foreach (var node in _room.Members)
            {
                if (node != _self && _acked.GetValueOrDefault(node) < Stable && _acked.GetValueOrDefault(node) <= _trim)
                {
                    Expel(node);
                }
            }
        }
    }

    private void ChangeMembership(Now now, List<Effect> effects)
    {
        foreach (var node in _room.Members)
        {
            if (!_view.Present.Contains(node))
            {
                _departing[node] = _view.Left.Contains(node) ? LeaveReason.Left : _view.Dead.Contains(node) ? LeaveReason.Crashed : LeaveReason.Silent;
            }
        }

        // One change at a time, and none before this reign's first entry is stable: two memberships that decide at once always overlap.
        if (_room.MembersSince > Stable || _start > Stable)
        {
            return;
        }

        // Nor one that takes out the dead who may have decided something: the recovery that follows has to count them.
        if (TheDeadMayHaveDecided(_room.Members))
        {
            return;
        }

        // The last member never goes; but it may begin another life.
        var isLast = _room.Members.Count == 1;
        if (_departing.FirstOrDefault(d => !isLast || !_room.IsMember(d.Key)) is { Key.Address: not null } departing)
        {
            var (node, reason) = departing;
            _departing.Remove(node);
            if (_room.IsMember(node))
            {
                LetGo(node, reason, now, effects);
            }
        }
        else if (isLast && _room.Members.First() is var last && HasResigned(last))
        {
            _departing.Remove(last);
            LetUsersGo(last, LeaveReason.Expelled, now);
            BeforeChange();
            _acked.Remove(last);
            Number(new NodeJoined(last, _livesAskedFor[last]), now);
            SendBase(last, effects);
        }
        else if (_joining.Count > 0)
        {
            var (node, life) = _joining.First();
            _joining.Remove(node);
            BeforeChange();
            _acked.Remove(node);
            _sentAt.Remove(node);

            // A newcomer has decided nothing until now.
            _followedAt[node] = now;
            Number(new NodeJoined(node, life), now);
            _acksChanged = true;
            SendBase(node, effects);
        }
    }

    private void LetUsersGo(NodeId node, LeaveReason reason, Now now)
    {
        foreach (var user in _room.Users.Where(u => u.Node == node).ToList())
        {
            Number(new UserLeft(user.User, reason), now);
        }
    }

    private void BeforeChange() => _membersBefore = _room.Members.ToDictionary(node => node, _room.LifeOf);

    private void LetGo(NodeId node, LeaveReason reason, Now now, List<Effect> effects)
    {
        var life = _room.LifeOf(node);
        LetUsersGo(node, reason, now);
        BeforeChange();
        Number(new NodeLeft(node, reason), now);
        _acksChanged = true;
        if (reason == LeaveReason.Left)
        {
            _goodbyes.Add(node);
        }
        else if (_view.Present.Contains(node))
        {
            effects.Add(new Send(node, new Expelled(Epoch, life)));
        }
    }

    private void SendBase(NodeId node, List<Effect> effects) =>
        effects.Add(new Send(node, new Page(Epoch, _log.Base(), _log.PageAfter(_log.Floor), Highest, Told)));

    // ---- names ----

    private void OnUserJoinRequest(NodeId from, UserJoinRequest request, Now now, List<Effect> effects)
    {
        if (!_room.IsMember(from) || request.FirstCounter < 1 || _ghosts.Any(g => g.Request.User == request.User))
        {
            return;
        }

        if (OwnerProof.OwnerOf(request.Proof.Span, _room.Room, from, request.User) is not { } owner)
        {
            effects.Add(new Disbelieved(from, request, "its proof is not for this user, on this node, in this room"));
            return;
        }

        var present = _room.Find(request.User);
        if (present is not null)
        {
            if (present.Node != from && present.Owner == owner && owner != OwnerId.Nobody)
            {
                // The same session on another node: its process joined again before its old incarnation was gone. Who shows no proof waits until that is.
                Number(new UserJoined(request.User, present.Name, from, owner, request.FirstCounter), now);
            }

            return;
        }

        if (_room.UserCount >= Limits.Users)
        {
            effects.Add(new Send(from, new UserRefused(request.User, $"the room is full: it takes {Limits.Users} users")));
            return;
        }

        var wanted = request.Wanted.Length == 0 ? Names.MakeUp(request.User) : request.Wanted;
        if (!Names.TryNormalise(wanted, out var name, out var whyNot))
        {
            effects.Add(new Send(from, new UserRefused(request.User, whyNot)));
            return;
        }

        if (owner != OwnerId.Nobody && _room.FindByName(name) is { } holder && holder.Owner == owner && holder.Node != from)
        {
            // One's own ghost, or one's own other window? Whoever shows life keeps the name.
            _ghosts.Add(new Ghost(request, from, name, owner, holder, now.Elapsed + _options.GhostTimeout));
            SettleGhosts(now);
            return;
        }

        GiveName(request, from, name, owner, now);
    }

    private void GiveName(UserJoinRequest request, NodeId node, string name, OwnerId owner, Now now) =>
        Number(new UserJoined(request.User, FirstFree(name, request.User, owner, now), node, owner, request.FirstCounter), now);

    private string FirstFree(string wanted, UserId user, OwnerId owner, Now now) => Names.FirstFree(
        wanted,
        candidate => _room.IsMistakable(candidate, user)
            || (_room.FindKept(candidate, user => IsKept(user, now)) is { } kept && (owner == OwnerId.Nobody || kept.Owner != owner)));

    /// <summary>By the rules for names of those who come. The request may be an old one, and have been heard: then nothing has to be done.</summary>
    private void OnUserRenameRequest(NodeId from, UserRenameRequest request, Now now, List<Effect> effects)
    {
        if (_room.Find(request.User) is not { } user || user.Node != from)
        {
            return;
        }

        if (!Names.TryNormalise(request.Wanted, out var wanted, out var whyNot))
        {
            effects.Add(new Send(from, new UserRefused(request.User, whyNot)));
            return;
        }

        var name = FirstFree(wanted, user.User, user.Owner, now);
        if (name != user.Name)
        {
            Number(new UserRenamed(user.User, name), now);
        }
        else if (name != wanted)
        {
            effects.Add(new Send(from, new UserRefused(request.User, $"'{wanted}' is somebody else's name")));
        }
    }

    /// <summary>
    /// How long ago somebody left, only a clock that saw it can say: the stamps in the log may be those of other machines, hours apart. So a name is
    /// kept for that long after this reign has seen its owner leave, and after its beginning for whoever had left before.
    /// </summary>
    private bool IsKept(UserId user, Now now) => now.Elapsed - _leftAt.GetValueOrDefault(user, _begunAt) <= Limits.NameKeptFor;

    private void SeesLeave(UserId user, Now now)
    {
        _leftAt[user] = now.Elapsed;
        if (_leftAt.Count > 2 * Limits.DepartedUsers)
        {
            foreach (var forgotten in _leftAt.Keys.Where(u => !_room.Knows(u) || _room.Find(u) is not null).ToList())
            {
                _leftAt.Remove(forgotten);
            }
        }
    }

    private void ShowsLife(NodeId node)
    {
        foreach (var ghost in _ghosts)
        {
            ghost.Alive |= ghost.Holder.Node == node;
        }
    }

    private void SettleGhosts(Now now)
    {
        for (var i = _ghosts.Count - 1; i >= 0; i--)
        {
            var ghost = _ghosts[i];
            var gone = !_view.Present.Contains(ghost.Holder.Node) || now.Elapsed >= ghost.Until;
            if (!ghost.Alive && !gone)
            {
                continue;
            }

            _ghosts.RemoveAt(i);
            if (!_room.IsMember(ghost.Node) || _room.Find(ghost.Request.User) is not null || _room.UserCount >= Limits.Users)
            {
                continue;
            }

            if (!ghost.Alive && _room.Find(ghost.Holder.User) is { } holder && holder.Node == ghost.Holder.Node)
            {
                Number(new UserLeft(holder.User, LeaveReason.Crashed), now);
            }

            GiveName(ghost.Request, ghost.Node, ghost.Name, ghost.Owner, now);
        }
    }

    /// <summary>Somebody asks for a name that the same owner's other session holds.</summary>
    private sealed record Ghost(UserJoinRequest Request, NodeId Node, string Name, OwnerId Owner, PresentUser Holder, long Until)
    {
        public bool Alive { get; set; }
    }
}
