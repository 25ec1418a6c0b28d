using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// One user's session: asks to be in the room under a name, keeps the outbox, and survives the node that it is on. It is told what its node's
/// replica delivers of what concerns it (<see cref="Entry.About"/>). Pure.
/// </summary>
internal sealed class UserMachine
{
    private readonly ProtocolOptions _options;
    private readonly OwnerKey? _owner;
    private readonly Outbox _outbox;
    private string _wanted;
    private NodeId? _node;
    private State _state = State.Waiting;
    private long? _askedAt;
    private long? _renameAskedAt;
    private bool _wantsToGo;

    // The room in which it was last here, and up to where it has seen the order there.
    private RoomId _room;
    private SequenceNumber _seenUpTo;

    // What was delivered under this user's id on receipt and may yet be taken back (agreed rooms).
    private readonly Queue<LogRecord> _unsettled = new();
    private bool _isAgreed;

    /// <summary>The name that a user who is here has asked for and not got yet; null: none.</summary>
    private string? _newName;

    /// <param name="user">The session's id, drawn at random.</param>
    /// <param name="wanted">The wanted name; empty: the host makes one up.</param>
    /// <param name="token">The secret that proves an earlier name, which stays here; empty: none.</param>
    /// <param name="options">The bounds.</param>
    public UserMachine(UserId user, string wanted, ReadOnlyMemory<byte> token, ProtocolOptions options)
    {
        User = user;
        _wanted = wanted;
        _owner = token.IsEmpty ? null : new OwnerKey(token.Span);
        _options = options;
        _outbox = new Outbox(user, options);
    }

    private enum State
    {
        /// <summary>Its node is no member.</summary>
        Waiting,

        /// <summary>Its node is; the user asks to be in.</summary>
        Asking,

        /// <summary>The host refused the name; the user has to choose.</summary>
        Refused,

        Here,
        Leaving,
        Gone,
    }

    /// <summary>The session.</summary>
    public UserId User { get; }

    /// <summary>The name that the host gave; empty before.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Whether the user is in the room.</summary>
    public bool IsHere => _state == State.Here;

    /// <summary>Whether the user has gone for good.</summary>
    public bool IsGone => _state == State.Gone;

    /// <summary>Nothing is under way that a tick would have to look after soon (<see cref="Ticks.OneInWhenQuiet"/>).</summary>
    public bool IsQuiet => _state switch
    {
        State.Asking or State.Leaving => false,
        State.Here => _outbox.Pending == 0 && _newName is null,
        _ => true,
    };

    /// <summary>How many messages are not yet in the order.</summary>
    public long Pending => _outbox.Pending;

    /// <summary>The counter of the last message that is in the order.</summary>
    public long Heard => _outbox.FirstCounter - 1;

    /// <summary>What is pending, in bytes of text.</summary>
    public long OutboxBytes => _outbox.Bytes;

    /// <inheritdoc cref="Outbox.TrySubmit"/>
    public MessageId? TrySubmit(ReadOnlySpan<byte> utf8Text, long wall, Relation? relation = null) => _outbox.TrySubmit(utf8Text, wall, relation);

    /// <summary>The mailbox is empty for now: what was said goes out.</summary>
    public void Drained(Now now, List<Effect> effects)
    {
        if (_state is State.Here or State.Leaving)
        {
            _outbox.Flush(now, effects);
        }
    }

    /// <summary>The user asks for another name: after a refusal, or while here.</summary>
    public void AskFor(string name, Now now, List<Effect> effects)
    {
        if (_state == State.Here)
        {
            // What was said before goes first, under the name before.
            _outbox.Flush(now, effects);
            _newName = name;
            AskForRename(now, effects);
            return;
        }

        _wanted = name;
        if (_state is State.Refused or State.Asking)
        {
            Ask(now, effects);
        }
    }

    /// <summary>The user says goodbye. Everything said before goes first; where there is nothing to say any more, it is gone at once.</summary>
    public void Leave(Now now, List<Effect> effects)
    {
        _wantsToGo = true;
        if (_state == State.Here)
        {
            _state = State.Leaving;
            _outbox.Flush(now, effects);
            SayGoodbye(now, effects);
        }
        else if (_state == State.Refused || (_state == State.Waiting && _outbox.Pending == 0))
        {
            _state = State.Gone;
        }
    }

    /// <summary>The node (a new incarnation, perhaps) is a member; the order is seen from <paramref name="before"/> on.</summary>
    public void LogStarted(NodeId node, RoomSnapshot before, Now now, List<Effect> effects)
    {
        _node = node;
        if (_state is State.Gone or State.Refused)
        {
            return;
        }

        var known = before.Users.FirstOrDefault(u => u.User == User)?.LastCounter
            ?? before.Departed.FirstOrDefault(u => u.User == User)?.LastCounter;
        if (known is { } lastCounter)
        {
            // What got its place while this user could not see it must not be said again.
            _outbox.Seen(lastCounter, now);
        }
        else if (_room == before.Room && before.ForgottenAt > _seenUpTo && _outbox.GiveUpWhatWasSent() is > 0 and var doubtful)
        {
            // It was away for so long that the room has forgotten it: saying these again might say them twice.
            effects.Add(new InDoubt(User, doubtful));
        }

        if (_room != before.Room)
        {
            (_room, _seenUpTo) = (before.Room, default);
        }

        _unsettled.Clear();
        _isAgreed = before.Delivery == DeliveryLevel.Agreed;

        if (_wantsToGo && _outbox.Pending == 0)
        {
            _state = State.Gone;
            return;
        }

        if (before.Users.FirstOrDefault(u => u.User == User && u.Node == node) is { } present)
        {
            // An earlier request was heard.
            (Name, _wanted, _state) = (present.Name, present.Name, State.Here);
            _outbox.Resubmit(now, effects);
            if (_wantsToGo)
            {
                Leave(now, effects);
            }

            return;
        }

        Ask(now, effects);
    }

    /// <summary>The node is no member for now.</summary>
    /// <param name="seenUpTo">Up to where it told the order; 0: what concerns this user was the last that is known.</param>
    public void Excluded(SequenceNumber seenUpTo = default)
    {
        if (_state is State.Here or State.Leaving)
        {
            _seenUpTo = SequenceNumber.Max(_seenUpTo, seenUpTo);
        }

        if (_state is State.Asking or State.Here or State.Leaving)
        {
            _state = _wantsToGo && _outbox.Pending == 0 ? State.Gone : State.Waiting;
        }
    }

    /// <summary>The node follows a new reign.</summary>
    public void EpochAccepted(Now now, List<Effect> effects)
    {
        if (_state is State.Here or State.Leaving)
        {
            _outbox.Resubmit(now, effects);
        }

        if (_state is State.Here)
        {
            AskForRename(now, effects);
        }

        if (_state is State.Asking)
        {
            Ask(now, effects);
        }
    }

    /// <summary>An entry about this user is delivered on its node.</summary>
    public void Delivered(LogRecord record, Now now, List<Effect> effects)
    {
        if (_state is State.Here or State.Leaving)
        {
            _seenUpTo = record.Last;
        }

        switch (record.Entry)
        {
            case Said said when said.Block.User == User && _isAgreed:
                // It was delivered on receipt, and a crash may take it back: held until it is stable.
                _unsettled.Enqueue(record);
                break;
            case Said said when said.Block.User == User:
                See(record, said.Block, now, effects);
                break;
            case UserJoined joined when joined.User == User && joined.Node == _node:
                Name = joined.Name;
                if (_state is State.Gone)
                {
                    // An old request had been under way for long.
                    _state = State.Leaving;
                    SayGoodbye(now, effects);
                }
                else if (_state is State.Asking or State.Waiting)
                {
                    _state = State.Here;
                    _seenUpTo = record.Last;
                    _wanted = joined.Name;
                    _outbox.Resubmit(now, effects);
                    if (_wantsToGo)
                    {
                        Leave(now, effects);
                    }
                }

                break;
            case UserRenamed renamed when renamed.User == User:
                (Name, _wanted, _newName) = (renamed.Name, renamed.Name, null);
                break;
            case UserLeft left when left.User == User:
                if (_state == State.Leaving && (_outbox.Pending == 0 || left.Reason == LeaveReason.Left))
                {
                    _state = State.Gone;
                }
                else if (_state is State.Here or State.Leaving)
                {
                    // Somebody else's doing: the user was taken for a ghost. Come back; also who wants to go, while there is something left to say. (With its node it goes properly.)
                    Ask(now, effects);
                }

                break;
        }
    }

    /// <summary>In an agreed room: everything up to a number is stable, and will not be taken back.</summary>
    public void Settled(SequenceNumber upTo, Now now, List<Effect> effects)
    {
        while (_unsettled.TryPeek(out var record) && record.Last <= upTo)
        {
            _unsettled.Dequeue();
            See(record, ((Said)record.Entry).Block, now, effects);
        }
    }

    /// <summary>The host refused; gives whether this news is new to the user.</summary>
    public bool Refuse()
    {
        if (_state == State.Here && _newName is not null)
        {
            _newName = null;
            return true;
        }

        if (_state != State.Asking)
        {
            return false;
        }

        _state = _wantsToGo ? State.Gone : State.Refused;
        return true;
    }

    /// <summary>Time has passed.</summary>
    public void Tick(Now now, List<Effect> effects)
    {
        switch (_state)
        {
            case State.Asking when IsDue(now):
                Ask(now, effects);
                break;
            case State.Here:
                _outbox.Tick(now, effects);
                if (_renameAskedAt is null || now.Elapsed - _renameAskedAt >= _options.AskAgainAfter)
                {
                    AskForRename(now, effects);
                }

                break;
            case State.Leaving:
                _outbox.Tick(now, effects);
                if (IsDue(now))
                {
                    SayGoodbye(now, effects);
                }

                break;
        }
    }

    private void See(LogRecord record, SaidBlock block, Now now, List<Effect> effects)
    {
        if (!_outbox.Seen(block, now))
        {
            effects.Add(new Forged(User, record));
            if (_state is State.Here or State.Leaving)
            {
                _outbox.Resubmit(now, effects);
            }
        }
    }

    private bool IsDue(Now now) => _askedAt is null || now.Elapsed - _askedAt >= _options.AskAgainAfter;

    private void Ask(Now now, List<Effect> effects)
    {
        _state = State.Asking;
        _askedAt = now.Elapsed;
        effects.Add(new SendToSequencer(new UserJoinRequest(User, _wanted, _owner?.Prove(_room, _node!.Value, User) ?? default, _outbox.FirstCounter)));
    }

    private void AskForRename(Now now, List<Effect> effects)
    {
        _newName = _newName == Name ? null : _newName;
        if (_newName is { } name)
        {
            _renameAskedAt = now.Elapsed;
            effects.Add(new SendToSequencer(new UserRenameRequest(User, name)));
        }
    }

    private void SayGoodbye(Now now, List<Effect> effects)
    {
        _askedAt = now.Elapsed;
        if (_outbox.Pending == 0)
        {
            effects.Add(new SendToSequencer(new UserLeaveRequest(User)));
        }
    }
}
