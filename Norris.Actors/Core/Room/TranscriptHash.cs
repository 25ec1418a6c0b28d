using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>
/// <c>hash(n) = H(hash(n-1), n, entry)</c> with XXH3 (64 bits). It finds divergence, not forgery: it is fast and not cryptographic.
/// Every number has its own hash, so the messages of one block are chained one by one. What a message's hash covers is all in the line that shows it,
/// so that anybody can follow the chain (docs/protocol.md, <i>The transcript hash</i>).
/// </summary>
public static class TranscriptHash
{
    /// <summary>The hash after a record, from the hash before it.</summary>
    public static ulong After(LogRecord record, ulong before)
    {
        if (record.Entry is Said said)
        {
            var hash = before;
            var number = record.First;
            foreach (var message in said.Block)
            {
                hash = AfterMessage(record, message, number, hash);
                number = number.Next;
            }

            return hash;
        }

        var text = record.Entry switch
        {
            NodeJoined { Device: { } device } e => $"node+ {e.Node} {e.Life} {device}",
            NodeJoined e => $"node+ {e.Node} {e.Life}",
            NodeLeft e => $"node- {e.Node} {e.Reason}",
            UserJoined e => $"user+ {e.User} {e.Name} {e.Node} {e.Owner} {e.FirstCounter}",
            UserLeft e => $"user- {e.User} {e.Reason}",
            UserRenamed e => $"user= {e.User} {e.Name}",
            RoomChanged e => $"room= {e.By} {e.Setting} {e.After} {e.Text}",
            EpochStarted e => $"epoch {e.Host} {e.MayHaveLost}",
            RecordingChanged e => $"recording {e.Node} {e.Recording}",
            DeviceAdmitted e => $"device+ {Convert.ToHexStringLower(e.Record.Bytes.Span)} {e.Invite}",
            DeviceExpelled e => $"device- {Convert.ToHexStringLower(e.Record.Bytes.Span)}",
            InviteMade { Invite: var i } => $"invite+ {i.Id} {i.Key} {i.By} {i.Until} {i.Uses} {i.Owner} {i.Name}",
            InviteGone e => $"invite- {e.Invite} {e.By}",
            _ => throw new System.Diagnostics.UnreachableException($"no hash for {record.Entry.GetType()}"),
        };
        return Mix(Encoding.UTF8.GetBytes(text), before, record, record.First, 0, 0);
    }

    /// <summary>The hash after one message of a block; <paramref name="number"/> is the message's own place.</summary>
    public static ulong AfterMessage(LogRecord record, SaidBlock.Message message, SequenceNumber number, ulong before)
    {
        // A relation is chained in before the text, and so never the same as words that read like one.
        var hash = message.Relation is { } about ? Mix(Encoding.UTF8.GetBytes(about.ToString()), before, record, number, 0, 0) : before;
        return Mix(message.Utf8Text, hash, record, number, message.Id.User.Value ^ (ulong)message.Id.Counter, message.SentAt);
    }

    private static ulong Mix(ReadOnlySpan<byte> entry, ulong before, LogRecord record, SequenceNumber number, ulong who, long sentAt)
    {
        Span<byte> head = stackalloc byte[48];
        BinaryPrimitives.WriteUInt64LittleEndian(head, before);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], number.Value);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], record.Epoch.Value);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], record.OrderedAt);
        BinaryPrimitives.WriteUInt64LittleEndian(head[32..], who);
        BinaryPrimitives.WriteInt64LittleEndian(head[40..], sentAt);
        return XxHash3.HashToUInt64(entry, (long)XxHash3.HashToUInt64(head));
    }
}
