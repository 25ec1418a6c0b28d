using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Norris.Core.Protocol;

/// <summary>
/// Messages of one user with contiguous counters, in the form in which they travel and rest: encoded once by the sender and sliced on arrival.
/// The layout of <see cref="Texts"/> is, for each message in turn: milliseconds since <see cref="SentAt"/> (varint), length of the text in
/// bytes (varint), the text in UTF-8. A length of 0, which no message without a relation has, says that its relation comes first: the kind (a byte), the user
/// whose message it is about (8 bytes, little end first) unless that is the same user's by its kind, that message's counter (8 bytes), and then length and text.
/// Varints are unsigned LEB128, as in Protobuf.
/// </summary>
public sealed class SaidBlock
{
    private SaidBlock(UserId user, long firstCounter, int count, long sentAt, ReadOnlyMemory<byte> texts)
    {
        User = user;
        FirstCounter = firstCounter;
        Count = count;
        SentAt = sentAt;
        Texts = texts;
    }

    /// <summary>Who said it.</summary>
    public UserId User { get; }

    /// <summary>The user's counter of its first message.</summary>
    public long FirstCounter { get; }

    /// <summary>How many messages there are.</summary>
    public int Count { get; }

    /// <summary>The user's counter of its last message.</summary>
    public long LastCounter => FirstCounter + Count - 1;

    /// <summary>When the first of them was handed in, by the sender's clock: milliseconds since 1970, UTC.</summary>
    public long SentAt { get; }

    /// <summary>The encoded messages, one after the other.</summary>
    public ReadOnlyMemory<byte> Texts { get; }

    /// <summary>Takes a block from the network. Null unless every message in it is well formed and within <see cref="Limits"/>.</summary>
    public static SaidBlock? TryRead(UserId user, long firstCounter, int count, long sentAt, ReadOnlyMemory<byte> texts)
    {
        if (firstCounter < 1 || count < 1 || firstCounter > long.MaxValue - count || texts.Length > Limits.BlockBytes)
        {
            return null;
        }

        var block = new SaidBlock(user, firstCounter, count, sentAt, texts);
        var seen = 0;
        var rest = texts.Span;
        while (rest.Length > 0)
        {
            if (!TryReadMessage(user, ref rest, out _, out var relation, out var text)
                || !Relation.Takes(relation?.Kind, text)
                || relation is { } about && !CanBeAbout(about, firstCounter + seen))
            {
                return null;
            }

            seen++;
        }

        return seen == count ? block : null;
    }

    /// <summary>Whether the other says the same, under the same ids.</summary>
    public bool IsSameAs(SaidBlock other) =>
        ReferenceEquals(this, other)
        || (User == other.User && FirstCounter == other.FirstCounter && Count == other.Count && SentAt == other.SentAt && Texts.Span.SequenceEqual(other.Texts.Span));

    /// <summary>For <c>foreach</c>: one message after the other, decoded as it is reached.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>What a user's own message is about came before it.</summary>
    private static bool CanBeAbout(Relation about, long counter) =>
        about.To.Counter >= 1 && about.To.Counter <= (about.IsToOwn ? counter - 1 : Limits.HighestNumber);

    private static bool TryReadMessage(UserId user, scoped ref ReadOnlySpan<byte> rest, out uint delay, out Relation? relation, out ReadOnlySpan<byte> text)
    {
        text = default;
        relation = null;
        if (!TryReadVarint(ref rest, out delay) || !TryReadVarint(ref rest, out var length))
        {
            return false;
        }

        if (length == 0 && (!TryReadRelation(user, ref rest, out relation) || !TryReadVarint(ref rest, out length)))
        {
            return false;
        }

        if (length > (uint)rest.Length)
        {
            return false;
        }

        text = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }

    private static bool TryReadRelation(UserId user, scoped ref ReadOnlySpan<byte> rest, out Relation? relation)
    {
        relation = null;
        var kind = rest.IsEmpty ? default : (RelationKind)rest[0];
        if (kind is not (>= RelationKind.Reply and <= RelationKind.Reaction))
        {
            return false;
        }

        rest = rest[1..];
        if (!Relation.IsOwn(kind))
        {
            if (!BinaryPrimitives.TryReadUInt64LittleEndian(rest, out var other))
            {
                return false;
            }

            user = new UserId(other);
            rest = rest[sizeof(ulong)..];
        }

        if (!BinaryPrimitives.TryReadInt64LittleEndian(rest, out var counter))
        {
            return false;
        }

        relation = new Relation(kind, new MessageId(user, counter));
        rest = rest[sizeof(long)..];
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadVarint(scoped ref ReadOnlySpan<byte> rest, out uint value)
    {
        // Nearly always it is one byte.
        if (rest.Length > 0 && rest[0] < 0x80)
        {
            value = rest[0];
            rest = rest[1..];
            return true;
        }

        return TryReadLongVarint(ref rest, out value);
    }

    private static bool TryReadLongVarint(scoped ref ReadOnlySpan<byte> rest, out uint value)
    {
        value = 0;
        for (var i = 0; i < 5 && i < rest.Length; i++)
        {
            var b = rest[i];
            value |= (uint)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>One message of a block, read in place.</summary>
    public readonly ref struct Message(MessageId id, long sentAt, ReadOnlySpan<byte> text, Relation? relation)
    {
        /// <summary>Which message it is.</summary>
        public MessageId Id { get; } = id;

        /// <summary>Milliseconds since 1970, UTC, by the sender's clock.</summary>
        public long SentAt { get; } = sentAt;

        /// <summary>What it is about; null: nothing that was said before.</summary>
        public Relation? Relation { get; } = relation;

        /// <summary>The text as it came.</summary>
        public ReadOnlySpan<byte> Utf8Text { get; } = text;

        /// <summary>The text.</summary>
        public string Text => Encoding.UTF8.GetString(Utf8Text);
    }

    /// <summary>Goes from one message to the next.</summary>
    public ref struct Enumerator
    {
        private readonly SaidBlock _block;
        private ReadOnlySpan<byte> _rest;
        private long _counter;

        internal Enumerator(SaidBlock block)
        {
            _block = block;
            _rest = block.Texts.Span;
            _counter = block.FirstCounter - 1;
            Current = default;
        }

        /// <summary>The message that it has come to.</summary>
        public Message Current { get; private set; }

        /// <summary>Goes to the next one; false: there is none.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            if (!TryReadMessage(_block.User, ref _rest, out var delay, out var relation, out var text))
            {
                throw new InvalidDataException("A block of messages that was never checked: blocks come from TryRead or Builder only.");
            }

            Current = new Message(new MessageId(_block.User, ++_counter), _block.SentAt + delay, text, relation);
            return true;
        }
    }

    /// <summary>Collects one user's messages until they are sealed into a block. Not safe for several threads.</summary>
    public sealed class Builder(UserId user, long firstCounter)
    {
        private const int LongestFrame = 32;
        private readonly ArrayBufferWriter<byte> _texts = new();
        private long _sentAt;
        private int _count;

        /// <summary>The counter that the next message gets.</summary>
        public long NextCounter { get; private set; } = firstCounter;

        /// <summary>How many messages there are so far.</summary>
        public int Count => _count;

        /// <summary>What they take, in bytes.</summary>
        public int Bytes => _texts.WrittenCount;

        /// <summary>The counters up to this one are taken. Only while nothing is collected.</summary>
        public void GoOnAfter(long counter) => NextCounter = counter + 1;

        /// <summary>Whether a text of so many UTF-8 bytes still fits.</summary>
        public bool HasRoomFor(int textBytes) => Bytes + textBytes + LongestFrame <= Limits.BlockBytes;

        /// <summary>Adds a message and gives its counter. The caller has checked the text, the relation and <see cref="HasRoomFor"/>.</summary>
        public long Add(ReadOnlySpan<byte> utf8Text, long sentAt, Relation? relation = null)
        {
            if (_count == 0)
            {
                _sentAt = sentAt;
            }

            var span = _texts.GetSpan(utf8Text.Length + LongestFrame);
            var at = WriteVarint(span, (uint)Math.Clamp(sentAt - _sentAt, 0, uint.MaxValue));
            if (relation is { } about)
            {
                at += WriteRelation(span[at..], about);
            }

            at += WriteVarint(span[at..], (uint)utf8Text.Length);
            utf8Text.CopyTo(span[at..]);
            _texts.Advance(at + utf8Text.Length);
            _count++;
            return NextCounter++;
        }

        /// <summary>What was collected, as one block; the builder goes on empty. Null when there is nothing.</summary>
        public SaidBlock? Seal()
        {
            if (_count == 0)
            {
                return null;
            }

            // A copy of just its size: the buffer would have grown anew for every block, which costs several times the block.
            var block = new SaidBlock(user, NextCounter - _count, _count, _sentAt, _texts.WrittenSpan.ToArray());
            _texts.ResetWrittenCount();
            _count = 0;
            return block;
        }

        private static int WriteRelation(Span<byte> span, Relation about)
        {
            var at = WriteVarint(span, 0);
            span[at++] = (byte)about.Kind;
            if (!about.IsToOwn)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(span[at..], about.To.User.Value);
                at += sizeof(ulong);
            }

            BinaryPrimitives.WriteInt64LittleEndian(span[at..], about.To.Counter);
            return at + sizeof(long);
        }

        private static int WriteVarint(Span<byte> span, uint value)
        {
            var i = 0;
            for (; value >= 0x80; value >>= 7)
            {
                span[i++] = (byte)(value | 0x80);
            }

            span[i++] = (byte)value;
            return i;
        }
    }
}
