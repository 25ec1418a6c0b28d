using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>What a new sequencer asks, and what it then says.</summary>
public sealed partial class Replica
{
    private void Accept(Epoch epoch, NodeId host)
    {
        _promised = epoch;
        _promisedTo = host;
        _accepted = epoch;
        _host = host;
        _gapSince = null;
        _fetchedAt = null;
        _cutAskedAt = null;
        _ackDue = true;
        _account.BeginAgain();
    }

    private void OnDigestRequest(NodeId from, DigestRequest request, Now now, List<Effect> effects)
    {
        // A candidate that asks again is answered again, but never one on this node: that may be a restarted sequencer that does not know of
        // its predecessor's epoch. No candidate reigns without its own node's digest, so this keeps every epoch to one sequencer.
        if (request.Candidate < _promised || (request.Candidate == _promised && (_promisedTo != from || from == self)))
        {
            effects.Add(new Send(from, new EpochRefused(_promised)));
            return;
        }

        _promised = request.Candidate;
        _promisedTo = from;
        var (members, since, before) = Memberships;
        effects.Add(new Send(from, new Digest(
            request.Candidate,
            _log?.Room ?? RoomId.None,
            _log?.Delivery ?? options.Delivery,
            _log?.LastEpoch ?? default,
            Received,
            _stable,
            members,

            HasAVote ? since : Received.Next,
            _account.HeardMe == default ? null : _host,
            _account.HeardMe == default ? 0 : now.Since(_account.HeardMe),
            before,
            _stableBy)));
    }

    /// <summary>
    /// Whether what this node has counts. Taken out, or not in again yet: what it once had is no longer all here, and the membership has changed without it. Its log itself shows when it is in
    /// again, as it does to a host that counts its acks.
    /// </summary>
    private bool HasAVote => _log is null ? _life == 1 : _logIsGood && (_life == 1 || _room is not null || _log.LifeOf(self) == _life);

    /// <summary>The membership after all that this node has, since when it is so, and the one before that change while it is not known to be stable.</summary>
    internal (IReadOnlyList<NodeId> Members, SequenceNumber Since, IReadOnlyList<NodeId>? Before) Memberships
    {
        get
        {
            var (members, since) = _log?.Membership() ?? ([], default);
            return (members, since, since > _stable && _log?.MembershipBeforeLastChange() is { } before ? [.. before.Keys.Order()] : null);
        }
    }

    private void OnRecoveryFetch(NodeId from, RecoveryFetch fetch, List<Effect> effects)
    {
        if (fetch.Candidate < _promised)
        {
            effects.Add(new Send(from, new EpochRefused(_promised)));
            return;
        }

        if (fetch.Candidate != _promised || _promisedTo != from || _log is null)
        {
            return;
        }

        var needsBase = fetch.After is not { } after || after < _log.Floor;
        var page = _log.PageAfter(needsBase ? _log.Floor : fetch.After!.Value);
        effects.Add(new Send(from, new RecoveryPage(fetch.Candidate, needsBase ? _log.Base() : null, page, _stable)));
    }

    private void OnCut(NodeId from, Cut cut, Now now, List<Effect> effects)
    {
        if (cut.Epoch < _promised || (cut.Epoch == _promised && _promisedTo != from))
        {
            effects.Add(new Send(from, new EpochRefused(_promised)));
            return;
        }

        if (_log is null || (cut.Epoch == _accepted && _host == from))
        {
            _ackDue |= _log is not null;
            return;
        }

        if (cut.Room != _log.Room || !cut.Members.Contains(self))
        {
            Accept(cut.Epoch, from);
            Exclude("the room went on without this node", now, effects);
            return;
        }

        var common = SequenceNumber.Min(_log.CommonWith(cut.Stretches), cut.Highest);
        if (_log.Received < cut.Floor || common < _log.Floor || common < (_silent?.At ?? _delivered) || common < cut.Floor)
        {
            // Too far behind for this log to reach back, or ahead of a room that lost what only the dead had.
            Accept(cut.Epoch, from);
            Exclude("the room went on from a place that this node's log does not join", now, effects);
            return;
        }

        _log.TruncateAfter(common);
        _logIsGood = true;
        _early.Clear();
        _stable = SequenceNumber.Min(_stable, common);
        _highestSeen = cut.Highest;
        Accept(cut.Epoch, from);
        var silentFor = _touch.SilentFor(now);
        _touch.Heard(now, effects);
        effects.Add(new EpochAccepted(cut.Epoch, from, silentFor));
        CloseGap(now, effects);
    }
}
