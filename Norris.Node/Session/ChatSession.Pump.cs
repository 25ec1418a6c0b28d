using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

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
                        await OnStarted(e).ConfigureAwait(false);
                        break;
                    case Settled e:
                        _settledSeq = e.UpTo.Value;
                        break;
                    case Deliver e:
                        Interlocked.Add(ref _backlog, -e.Record.Entry.Size);
                        await OnDelivered(e).ConfigureAwait(false);
                        break;
                    case Norris.Core.Protocol.EpochAccepted e:
                        // What a change of host costs: from the last sign of the old one to the first entry under the new one.
                        _silentFrom = _time.GetTimestamp() - (long)(e.SilentFor * (_time.TimestampFrequency / 1000.0));
                        break;
                    case ConnectionEvent { State: ConnectionState.CutOff or ConnectionState.HostSilent } when _connection == ConnectionState.Rejoining:
                        break;
                    case ConnectionEvent e:
                        _lostRoom |= e.State == ConnectionState.Rejoining;
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

    private async ValueTask OnStarted(LogStarted started)
    {
        // What was shown on receipt and was not stable when the room was lost need not be in the order; nor what comes after the place where it goes on.
        var kept = _room?.Delivery == DeliveryLevel.Agreed && _lostRoom ? Math.Min(_settledSeq, started.First.Value - 1) : started.First.Value - 1;
        if (_roomId == started.Before.Room.ToString() && kept < _lastSeq)
        {
            await Show(new RetractedEvent(kept + 1, _lastSeq)).ConfigureAwait(false);
            _lastSeq = Math.Min(_lastSeq, started.First.Value - 1);
        }

        _lostRoom = false;
        _settledSeq = started.First.Value - 1;
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
            await Show(new PlaceEvent(_room!.Room, record.First.Value, entry.HashBefore, _room.Delivery)).ConfigureAwait(false);
        }

        _atNewPlace = false;

        var leaver = record.Entry is UserLeft left ? _room!.Find(left.User) : null;
        var events = EntryEvents.Of(entry, leaver?.Node);
        NodeId? hostBefore;
        lock (_gate)
        {
            hostBefore = _room!.Host;
            _room.Apply(record, events[^1].Hash);
            _lastSeq = record.Last.Value;
        }

        if (record.Entry is Said)
        {
            _deliveredAt = _time.GetTimestamp();
            foreach (var message in events)
            {
                await Show(message).ConfigureAwait(false);
            }

            return;
        }

        var shown = events[0];
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
