using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Norris.Actors;
using Norris.Actors.Protocol;
using Norris.Actors.Room;

namespace Norris.Node.Session;

/// <summary>The pump: from what was delivered to what is shown.</summary>
internal sealed partial class ChatSession
{
    private async Task Pump()
    {
        try
        {
            await foreach (var news in _news.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                switch (news)
                {
                    case LogStarted e:
                        OnStarted(e);
                        break;
                    case Deliver e:
                        Interlocked.Add(ref _backlog, -e.Record.Entry.Size);
                        await OnDelivered(e).ConfigureAwait(false);
                        break;
                    case Norris.Actors.Protocol.EpochAccepted:
                        // The silence that a change of host costs: from the last entry before it to the first one after.
                        _silentFrom = _deliveredAt;
                        break;
                    case ConnectionEvent { State: ConnectionState.CutOff } when _connection == ConnectionState.Rejoining:
                        break;
                    case ConnectionEvent e:
                        lock (_gate)
                        {
                            _connection = e.State;
                            _apartAt = e.State == ConnectionState.Connected ? null : _apartAt ?? _time.GetTimestamp();
                        }

                        await Show(e).ConfigureAwait(false);
                        break;
                    case ByeEvent e:
                        await Release().ConfigureAwait(false);
                        await _events.Writer.WriteAsync(e).ConfigureAwait(false);
                        break;
                    case ChatEvent e:
                        // About this user alone: shown even before the welcome.
                        await _events.Writer.WriteAsync(e).ConfigureAwait(false);
                        break;
                    default:
                        throw new UnreachableException($"no event for {news.GetType()}");
                }
            }

            _events.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _events.Writer.TryComplete(e);
            throw;
        }
    }

    private void OnStarted(LogStarted started)
    {
        lock (_gate)
        {
            var newRoom = started.Before.Room.ToString();
            if (_roomId != newRoom)
            {
                // Another room counts from the beginning again.
                _lastSeq = _roomId.Length == 0 ? started.First.Value - 1 : 0;
            }

            _roomId = newRoom;
            _room = new RoomState(started.Before);
            _firstSeq = started.First.Value;
            _atNewPlace = true;
        }

        _started.TrySetResult();
    }

    private async ValueTask OnDelivered(Deliver entry)
    {
        var record = entry.Record;
        if (_silentFrom is { } from)
        {
            _silence = _time.GetElapsedTime(from);
            _silentFrom = null;
        }

        if (record.First.Value > _lastSeq + 1 && _lastSeq > 0)
        {
            await Show(new MissedEvent(record.First.Value - _lastSeq - 1)).ConfigureAwait(false);
            _atNewPlace = true;
        }

        if (_atNewPlace && TellsPlaces)
        {
            await Show(new PlaceEvent(_room!.Room, record.First.Value, entry.HashBefore)).ConfigureAwait(false);
        }

        _atNewPlace = false;

        if (record.Entry is Said)
        {
            await ShowSaid(entry).ConfigureAwait(false);
            return;
        }

        var hash = TranscriptHash.After(record, entry.HashBefore);
        var leaver = record.Entry is UserLeft left ? _room!.Find(left.User) : null;
        NodeId? hostBefore;
        lock (_gate)
        {
            hostBefore = _room!.Host;
            _room.Apply(record, hash);
            _lastSeq = record.Last.Value;
        }

        var (seq, epoch) = (record.First.Value, record.Epoch.Value);
        OrderedEvent shown = record.Entry switch
        {
            UserJoined e => new JoinedEvent(seq, epoch, hash, e.Name, ShortName(e.Node), e.User),
            UserLeft e => new LeftEvent(seq, epoch, hash, entry.Name ?? "", leaver is null ? "" : ShortName(leaver.Node), e.Reason, e.User),
            UserRenamed e => new RenamedEvent(seq, epoch, hash, e.Name, entry.Name ?? "", e.User),
            NodeJoined e => new NodeEvent(seq, epoch, hash, ShortName(e.Node), true, null),
            NodeLeft e => new NodeEvent(seq, epoch, hash, ShortName(e.Node), false, e.Reason),
            EpochStarted e => new HostEvent(seq, epoch, hash, ShortName(e.Host), e.MayHaveLost),
            RecordingChanged e => new RecordingEvent(seq, epoch, hash, ShortName(e.Node), e.Recording),
            _ => throw new UnreachableException($"no event for {record.Entry.GetType()}"),
        };

        if (record.Entry is EpochStarted && hostBefore is { } old && _deliveredAt is not null && shown is HostEvent host)
        {
            var failover = new FailoverView(
                _time.GetUtcNow(), _silence.TotalSeconds, ShortName(old), host.Host, record.Epoch.Value);
            lock (_gate)
            {
                _failovers.Add(failover);
                if (_failovers.Count > FailoversRemembered)
                {
                    _failovers.RemoveAt(0);
                }
            }

            await Show(shown).ConfigureAwait(false);
            await Show(new FailoverEvent(failover.Seconds, failover.From, failover.To)).ConfigureAwait(false);
        }
        else
        {
            await Show(shown).ConfigureAwait(false);
        }

        _deliveredAt = _time.GetTimestamp();
        if (record.Entry is UserJoined joined && joined.User == User.Id)
        {
            await Welcome(joined).ConfigureAwait(false);
        }
    }

    private async ValueTask ShowSaid(Deliver entry)
    {
        var record = entry.Record;
        var block = ((Said)record.Entry).Block;
        var hash = entry.HashBefore;
        var shown = new List<ChatEvent>(block.Count);
        var number = record.First;
        foreach (var message in block)
        {
            hash = TranscriptHash.AfterMessage(record, block, message, number, hash);
            shown.Add(new SaidEvent(
                number.Value, record.Epoch.Value, hash, message.Id, entry.Name ?? "", message.Text, message.SentAt, record.OrderedAt));
            number = number.Next;
        }

        lock (_gate)
        {
            _room!.Apply(record, hash);
            _lastSeq = record.Last.Value;
        }

        _deliveredAt = _time.GetTimestamp();
        foreach (var e in shown)
        {
            await Show(e).ConfigureAwait(false);
        }
    }

    private async ValueTask Welcome(UserJoined joined)
    {
        WelcomeEvent welcome;
        lock (_gate)
        {
            _connection = ConnectionState.Connected;
            _apartAt = null;
            welcome = new WelcomeEvent(
                joined.Name,
                _node,
                _room!.Host is { } host ? ShortName(host) : "",
                _roomId,
                _room.Epoch.Value,
                _firstSeq,
                [.. _room.Users.Select(u => u.Name)])
            {
                Pid = Environment.ProcessId,
                Recording = [.. _room.Recording.Select(ShortName)],
                ReadTo = _profile.ReadToOf(_roomId),
            };
        }

        await _events.Writer.WriteAsync(welcome).ConfigureAwait(false);
        await _events.Writer.WriteAsync(new ConnectionEvent(ConnectionState.Connected, "in the room")).ConfigureAwait(false);
        await Release().ConfigureAwait(false);
    }

    /// <summary>Shows an event; until the first welcome it waits, so that a transcript begins with who and where one is.</summary>
    private async ValueTask Show(ChatEvent e)
    {
        if (_welcomed)
        {
            await _events.Writer.WriteAsync(e).ConfigureAwait(false);
            return;
        }

        _held.Add(e);
        if (_held.Count >= HeldUntilWelcome)
        {
            await Release().ConfigureAwait(false);
        }
    }

    private async ValueTask Release()
    {
        _welcomed = true;
        foreach (var e in _held)
        {
            await _events.Writer.WriteAsync(e).ConfigureAwait(false);
        }

        _held.Clear();
    }
}
