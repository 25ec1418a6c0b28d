using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using Akka.Actor;
using CsCheck;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Wire;

public sealed class WireSpec : IDisposable
{
    private static readonly char[] Digits = [.. "0123456789"];
    private static readonly string[] Manifests = [.. Examples.All.Select(m => Kind.Of(m).Manifest).Distinct()];

    private readonly ActorSystem _system = ActorSystem.Create("wire");
    private readonly NorrisSerializer _serializer;

    public WireSpec() => _serializer = new NorrisSerializer((ExtendedActorSystem)_system);

    public void Dispose() => _system.Terminate().GetAwaiter().GetResult();

    [Fact]
    public void Every_kind_of_message_and_of_entry_has_an_example()
    {
        Assert.Equal(Concrete<Message>(), Names(Examples.All));
        Assert.Equal(Concrete<Entry>(), Names(Examples.Records.Select(r => r.Entry)));

        static IEnumerable<string> Concrete<T>() =>
            new[] { typeof(T).Assembly, typeof(FromNode).Assembly }.SelectMany(a => a.GetTypes()).Where(t => t.IsSubclassOf(typeof(T)) && !t.IsAbstract).Select(t => t.Name).Order(StringComparer.Ordinal);
        static IEnumerable<string> Names(IEnumerable<object> values) => values.Select(v => v.GetType().Name).Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Every_kind_has_a_manifest_of_its_own_that_names_the_wire_version()
    {
        Assert.Equal(Examples.All.Select(m => m.GetType()).Distinct().Count(), Manifests.Length);
        Assert.All(Manifests, m => Assert.EndsWith($"{Limits.WireVersion}", m, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_message_arrives_as_it_was_sent()
    {
        foreach (var message in Examples.All)
        {
            var sent = new FromNode(Examples.Bob, message);
            var arrived = Read(_serializer.ToBinary(sent), _serializer.Manifest(sent));
            Assert.Equal(Shown.Of(message), Shown.Of(arrived.Message));
            Assert.Equal(Examples.Bob, arrived.From);
            Assert.NotSame(message, arrived.Message);
        }
    }

    [Fact]
    public void Two_messages_that_differ_in_one_value_are_shown_differently()
    {
        Assert.NotEqual(Shown.Of(new Submit(Examples.Block(7, 1, "a", "b"))), Shown.Of(new Submit(Examples.Block(7, 1, "a", "c"))));
        Assert.Equal(Examples.All.Count, Examples.All.Select(Shown.Of).Distinct().Count());
    }

    [Fact]
    public void A_message_is_encoded_once_however_often_it_is_asked_for()
    {
        var records = new CountedList<LogRecord>(Examples.Records);
        var batch = new FromNode(Examples.Ann, new Ordered(new Epoch(3), records, default, default));

        var arrays = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(4).Select(_ => _serializer.ToBinary(batch)).ToArray();

        Assert.All(arrays, a => Assert.Same(arrays[0], a));
        Assert.Equal(1, records.Walks);
    }

    [Fact]
    public void Texts_are_not_copied_on_their_way_from_the_frame_to_the_log()
    {
        var batch = Examples.FullBatch(messagesInBlock: 100);
        var bytes = new FromNode(Examples.Ann, batch).Encoded;
        var kind = Kind.Of(batch);
        WireReader.Read(bytes, kind);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var arrived = (Ordered)WireReader.Read(bytes, kind).Message;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // A few objects for each block; nothing for each of the 600 messages.
        Assert.InRange(allocated, 1, 4096);
        Assert.Equal(Shown.Of(batch), Shown.Of(arrived));
        Assert.All(arrived.Records, r => Assert.Same(bytes, ArrayOf(r)));
    }

    [Fact]
    public void A_text_does_not_keep_a_frame_in_memory_that_is_for_the_most_part_something_else()
    {
        var said = Examples.Contiguous(42, new Said(Examples.Block(7, 13, new string('x', 200))));
        var bytes = new FromNode(Examples.Ann, new Page(new Epoch(3), Examples.Room, said, default, default)).Encoded;

        var arrived = (Page)WireReader.Read(bytes, Kind.Of("PG7")).Message;

        Assert.Equal(Shown.Of(said), Shown.Of(arrived.Records));
        Assert.Equal(((Said)said[0].Entry).Block.Texts.Length, ArrayOf(arrived.Records[0]).Length);
    }

    [Fact]
    public void A_full_room_fits_into_a_page()
    {
        var address = "akka.ssl.tcp://norris@" + new string('h', 253) + ":65535";
        var name = new string('字', Limits.NameLength - 4);
        var room = Examples.Room with
        {
            Members = [.. Enumerable.Range(0, Limits.Nodes).Select(i => new MemberNode(new(address, i), 1))],
            Users = [.. Enumerable.Range(0, Limits.Users).Select(i => new PresentUser(new((ulong)i), $"{name}{i:x4}", new(address, i), new(UInt128.MaxValue), Limits.HighestNumber))],
            Departed = [.. Enumerable.Range(0, Limits.DepartedUsers).Select(i => new DepartedUser(new(~(ulong)i), $"{name}{i:x4}", new(UInt128.MaxValue), Limits.HighestNumber, 1_700_000_000_000))],
        };
        var page = new FromNode(Examples.Ann, new Page(new Epoch(3), room, Examples.Records, default, default));

        Assert.Equal(Shown.Of(page.Message), Shown.Of(Read(page.Encoded, "PG7").Message));
    }

    [Fact]
    public void What_is_no_message_from_a_node_is_not_sent()
    {
        foreach (var other in new object[] { "hello", new JoinRequest(1), new object(), 4053 })
        {
            Assert.Throws<SerializationException>(() => _serializer.ToBinary(other));
            Assert.Throws<SerializationException>(() => _serializer.Manifest(other));
        }

        Assert.Throws<SerializationException>(() => _serializer.ToBinary(null!));
    }

    [Fact]
    public void What_is_too_large_is_not_sent()
    {
        var tooLarge = new FromNode(Examples.Ann, new JoinRefused(new string('x', 10_000)));
        Assert.Contains("8192", Assert.Throws<SerializationException>(() => _serializer.ToBinary(tooLarge)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_of_another_wire_version_is_refused_with_both_versions_named()
    {
        var e = Assert.Throws<SerializationException>(() => _serializer.FromBinary([], "O2"));
        Assert.Contains("wire version 2", e.Message, StringComparison.Ordinal);
        Assert.Contains("wire version 7", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(10)]
    public void Who_looks_for_a_room_is_understood_in_another_wire_version_and_nobody_else_is(int later)
    {
        foreach (var message in Examples.All)
        {
            var sent = new FromNode(Examples.Bob, message);
            var manifest = $"{_serializer.Manifest(sent).TrimEnd(Digits)}{Limits.WireVersion + later}";
            if (message is RoomQuestion or RoomAnswer)
            {
                Assert.Equal(message, Read(sent.Encoded, manifest).Message);
            }
            else
            {
                Assert.Throws<SerializationException>(() => Read(sent.Encoded, manifest));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("O")]
    [InlineData("4")]
    [InlineData("QQ7")]
    [InlineData("o4")]
    [InlineData("O4 ")]
    [InlineData("O99999999999999999999")]
    [InlineData("System.IO.FileInfo, System.Runtime")]
    [InlineData("\u001b[2J")]
    public void A_manifest_that_is_not_on_the_list_is_refused_and_is_never_repeated_raw(string manifest)
    {
        var e = Assert.Throws<SerializationException>(() => _serializer.FromBinary(new FromNode(Examples.Ann, new JoinRequest(1)).Encoded, manifest));
        Assert.DoesNotContain("FileInfo", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    [Fact]
    public void A_message_under_the_manifest_of_another_kind_is_refused()
    {
        foreach (var message in Examples.All)
        {
            var bytes = new FromNode(Examples.Ann, message).Encoded;
            foreach (var manifest in Manifests.Where(m => m != Kind.Of(message).Manifest))
            {
                Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, manifest));
            }
        }
    }

    [Fact]
    public void A_field_of_a_later_release_is_skipped()
    {
        var ack = new FromNode(Examples.Ann, new Ack(new Epoch(1), 1, new SequenceNumber(2), 3, default, default));
        byte[] later = [.. ack.Encoded, 0xfa, 0x3f, 2, 42, 42]; // field 1023, length-delimited
        BinaryPrimitives.WriteInt32LittleEndian(later, later.Length - WireWriter.HeadLengthBytes);
        Assert.Equal(ack.Message, Read(later, "A7").Message);
    }

    [Fact]
    public void Random_bytes_are_a_message_or_are_refused() =>
        Gen.Select(Gen.Byte.Array[0, 200], OneOf(Manifests)).Sample(
            (bytes, manifest) => { IsMessageOrRefused(bytes, manifest); }, iter: 20_000, threads: 2);

    [Fact]
    public void A_frame_with_bytes_changed_cut_out_or_put_in_is_a_message_or_is_refused()
    {
        // Without the one large text: changes shall hit what has a meaning.
        var frames = Examples.All
            .Append(new Page(new Epoch(3), Examples.Room, [.. Examples.Records.SkipLast(1)], default, default))
            .Append(new Ordered(new Epoch(3), [.. Examples.Records.SkipLast(1)], default, default))
            .Select(m => (Bytes: new FromNode(Examples.Bob, m).Encoded, Kind.Of(m).Manifest))
            .Where(f => f.Bytes.Length < 4096)
            .ToArray();
        var change = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 4095], Gen.Byte);
        int messages = 0, refused = 0;

        Gen.Select(OneOf(frames), change.Array[1, 3]).Sample(
            (frame, changes) =>
            {
                var bytes = frame.Bytes.ToList();
                foreach (var (what, where, value) in changes)
                {
                    var at = where % (bytes.Count + 1);
                    if (what == 0 || at == bytes.Count)
                    {
                        bytes.Insert(at, value);
                    }
                    else if (what == 1)
                    {
                        bytes[at] = value;
                    }
                    else
                    {
                        bytes.RemoveAt(at);
                    }
                }

                Interlocked.Increment(ref IsMessageOrRefused([.. bytes], frame.Manifest) ? ref messages : ref refused);
            },
            iter: 50_000,
            threads: 2);

        // Changes that all break the frame, or none of them, would prove little.
        Assert.InRange(messages, 1000, 49_000);
        Assert.InRange(refused, 1000, 49_000);
    }

    private static byte[] ArrayOf(LogRecord record) =>
        MemoryMarshal.TryGetArray(((Said)record.Entry).Block.Texts, out var segment) ? segment.Array! : throw new InvalidOperationException("no array");

    private static Gen<T> OneOf<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>True for a message, which then can be sent on and, where it holds a room, folded on; false for a refusal. All else throws.</summary>
    private bool IsMessageOrRefused(byte[] bytes, string manifest)
    {
        FromNode arrived;
        try
        {
            arrived = Read(bytes, manifest);
        }
        catch (SerializationException)
        {
            return false;
        }

        var again = new FromNode(arrived.From, arrived.Message);
        Assert.Equal(Shown.Of(arrived.Message), Shown.Of(Read(_serializer.ToBinary(again), _serializer.Manifest(again)).Message));
        if ((arrived.Message as Page)?.Snapshot is { } room)
        {
            _ = new RoomState(room).Snapshot();
        }

        return true;
    }

    private FromNode Read(byte[] bytes, string manifest) => Assert.IsType<FromNode>(_serializer.FromBinary(bytes, manifest));
}
