using System.Diagnostics;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>From a delivered entry to what is shown of it, and kept.</summary>
internal static class EntryEvents
{
    /// <summary>A block's messages, or the one event of anything else; the last one has the transcript hash after the entry.</summary>
    public static IReadOnlyList<OrderedEvent> Of(Deliver entry)
    {
        var record = entry.Record;
        if (record.Entry is Said { Block: var block })
        {
            var messages = new List<OrderedEvent>(block.Count);
            var (hash, number) = (entry.HashBefore, record.First);
            foreach (var message in block)
            {
                hash = TranscriptHash.AfterMessage(record, message, number, hash);
                messages.Add(new SaidEvent(number.Value, record.Epoch.Value, hash, message.Id, entry.Name ?? "", message.Text, message.SentAt, record.OrderedAt)
                {
                    Relation = message.Relation,
                });
                number = number.Next;
            }

            return messages;
        }

        return [One(entry, TranscriptHash.After(record, entry.HashBefore))];
    }

    private static OrderedEvent One(Deliver entry, ulong hash)
    {
        var (seq, epoch) = (entry.Record.First.Value, entry.Record.Epoch.Value);
        return entry.Record.Entry switch
        {
            UserJoined e => new JoinedEvent(seq, epoch, hash, e.Name, ChatSession.ShortName(e.Node), e.User),
            UserRenamed e => new RenamedEvent(seq, epoch, hash, e.Name, entry.Name ?? "", e.User),
            RoomChanged e => new SettingEvent(seq, epoch, hash, entry.Name ?? "", e.Setting, e.Text, e.By),
            UserLeft e => new LeftEvent(seq, epoch, hash, entry.Name ?? "", entry.UserNode is { } node ? ChatSession.ShortName(node) : "", e.Reason, e.User),
            NodeJoined e => new NodeEvent(seq, epoch, hash, ChatSession.ShortName(e.Node), true, null),
            NodeLeft e => new NodeEvent(seq, epoch, hash, ChatSession.ShortName(e.Node), false, e.Reason),
            EpochStarted e => new HostEvent(seq, epoch, hash, ChatSession.ShortName(e.Host), e.MayHaveLost),
            RecordingChanged e => new RecordingEvent(seq, epoch, hash, ChatSession.ShortName(e.Node), e.Recording),
            DeviceAdmitted e => new CircleEvent(seq, epoch, hash, CircleChange.Admitted, e.Record.Device.Beginning, e.By.Beginning, e.Record.Name, e.Invite?.ToString() ?? ""),
            DeviceExpelled e => new CircleEvent(seq, epoch, hash, CircleChange.PutOut, e.Record.Device.Beginning, e.By.Beginning, "", ""),
            InviteMade e => new CircleEvent(seq, epoch, hash, CircleChange.Invited, "", e.By.Beginning, e.Invite.Name, e.Invite.Id.ToString()),
            InviteGone e => new CircleEvent(seq, epoch, hash, CircleChange.TakenBack, "", e.By.Beginning, "", e.Invite.ToString()),
            _ => throw new UnreachableException($"no event for {entry.Record.Entry.GetType()}"),
        };
    }
}
