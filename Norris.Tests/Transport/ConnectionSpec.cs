using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Norris.Actors.Transport;
using Norris.Tests.Devices;

namespace Norris.Tests.Transport;

public sealed class ConnectionSpec
{
    private static Peer Guest(TimeProvider time, Func<bool>? isMember = null, int guests = 1) =>
        new(new Origin("tcp", "norris", "127.0.0.1", 4711, 7), isMember ?? (() => false), time, () => guests);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Frames_of_all_sizes_arrive_whole_and_in_their_order(bool isEncrypted)
    {
        var (sender, receiver) = await Pair(TimeProvider.System, isEncrypted);
        int[] sizes = [1, 3, 4, 5, 100, 65_530, 65_531, 65_532, 65_533, 65_536, 1, 200_000, 7, 4_000_000, 2, .. Enumerable.Range(1, 3000)];
        var frames = sizes.Select((size, i) => Enumerable.Range(0, size).Select(b => (byte)(b + i)).ToArray()).ToList();
        var arrived = new List<byte[]>();
        var reading = receiver.Read(4_000_000, frame =>
        {
            arrived.Add(frame);
            return arrived.Count < frames.Count;
        });

        foreach (var frame in frames)
        {
            Assert.True(sender.Write(frame));
        }

        Assert.True(await reading.WaitAsync(Patience));
        Assert.Equal(frames.Count, arrived.Count);
        sender.Close();
        Assert.All(frames.Zip(arrived), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
        Assert.False(sender.Write(new byte[1]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(100)]
    public async Task Half_a_frame_is_not_waited_for_for_ever(int bytes)
    {
        var time = new FakeTimeProvider();
        var (stranger, receiver) = await Sockets(time);

        await stranger.SendAsync(Pdu.Framed(new byte[1000]).AsMemory(0, bytes));

        // Time passes until it has read the half and its limit is over. The read ends with an error or with nothing: both happen where a socket is closed meanwhile.
        var reading = receiver.Read(4000, _ => true);
        using var patience = new CancellationTokenSource(Patience);
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(TransportLimits.FrameMs));
            await Task.WhenAny(reading, Task.Delay(10, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }

        Assert.True(receiver.IsLate);

        // Not before: a socket that nobody holds any more closes.
        stranger.Dispose();
    }

    [Fact]
    public async Task One_half_after_the_other_is_a_busy_connection_and_stays()
    {
        var time = new FakeTimeProvider();
        var (peer, receiver) = await Sockets(time);
        var arrived = 0;
        var reading = receiver.Read(4000, _ => Interlocked.Increment(ref arrived) > 0);
        var frame = Pdu.Framed(new byte[1000]);
        var sent = 0;

        // A half is always there, for as long as three frames might take.
        await peer.SendAsync(frame.AsMemory(0, 500));
        for (; sent < 12; sent++)
        {
            await peer.SendAsync((byte[])[.. frame[500..], .. frame[..500]]);
            SpinWait.SpinUntil(() => Volatile.Read(ref arrived) > sent || reading.IsCompleted, Patience);
            time.Advance(TimeSpan.FromMilliseconds(TransportLimits.FrameMs / 4));
        }

        peer.Dispose();
        Assert.True(await reading.WaitAsync(Patience));
        Assert.Equal((sent, false), (arrived, receiver.IsLate));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_takes_nothing_of_what_it_is_told_is_let_go(bool isEncrypted)
    {
        var (sender, receiver) = await Pair(TimeProvider.System, isEncrypted);
        var frame = new byte[1 << 20];
        var taken = 0;

        while (sender.Write(frame))
        {
            taken++;
        }

        Assert.True(sender.IsOverfull);
        Assert.InRange(taken, (TransportLimits.UnsentBytes >> 20) - 1, (TransportLimits.UnsentBytes >> 20) + 64);
        await sender.WhenClosed.WaitAsync(Patience);
        receiver.Dispose();
    }

    [Fact]
    public async Task A_guest_who_takes_nothing_is_let_go_much_sooner()
    {
        var (sender, receiver) = await Pair(TimeProvider.System);
        sender.Peer = Guest(TimeProvider.System);
        var frame = new byte[1 << 16];
        var taken = 0;

        while (sender.Write(frame))
        {
            taken++;
        }

        // What the kernel holds comes on top.
        Assert.True(sender.IsOverfull);
        Assert.InRange(taken, 1, TransportLimits.UnsentBytes / frame.Length / 2);
        receiver.Dispose();
    }

    [Theory]
    [InlineData(TransportLimits.GuestFrameBytes, false, true)]
    [InlineData(TransportLimits.GuestFrameBytes + 1, false, false)]
    [InlineData(TransportLimits.GuestFrameBytes + 1, true, true)]
    public async Task A_guest_may_send_no_large_frames(int length, bool isMember, bool comesIn)
    {
        var (stranger, receiver) = await Sockets(TimeProvider.System);
        receiver.Peer = Guest(TimeProvider.System, () => isMember);
        var reading = receiver.Read(4_000_000, _ => false);

        // The length alone is enough to be refused: nothing of the frame is kept.
        await stranger.SendAsync(BitConverter.GetBytes(length));
        if (comesIn)
        {
            await stranger.SendAsync(new byte[length]);
        }

        Assert.Equal(comesIn, await reading.WaitAsync(Patience));
        stranger.Dispose();
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(false, TransportLimits.GuestsAtOnce)]
    public async Task A_guest_who_sends_too_much_is_read_later_and_a_member_at_once(bool isMember, int guests)
    {
        const int Seconds = 3;
        var time = new FakeTimeProvider();
        var (peer, receiver) = await Sockets(time);
        receiver.Peer = Guest(time, () => isMember, guests);
        var arrived = 0;
        var reading = receiver.Read(4000, frame =>
        {
            receiver.Peer.Sent(frame.Length);
            return Interlocked.Increment(ref arrived) > 0;
        });

        // What one may send at once, and then its part of what all may.
        var part = Math.Min(TransportLimits.GuestFramesPerSecond, TransportLimits.AllGuestsFramesPerSecond / (double)guests);
        var many = Enumerable.Repeat(Pdu.Framed([1]), 1 + (int)Math.Ceiling(Math.Max(30, part) + (Seconds * part))).SelectMany(f => f).ToArray();
        await peer.SendAsync(many);
        var started = time.GetTimestamp();
        using var patience = new CancellationTokenSource(Patience);
        async Task Arrive(int frames)
        {
            while (Volatile.Read(ref arrived) < frames)
            {
                time.Advance(TimeSpan.FromMilliseconds(isMember ? 0 : 50));
                await Task.Delay(5, patience.Token);
            }
        }

        await Arrive(many.Length / 5);
        await peer.SendAsync(Pdu.Framed([2]));
        await Arrive((many.Length / 5) + 1);

        Assert.InRange(time.GetElapsedTime(started).TotalSeconds, isMember ? 0 : Seconds, isMember ? 0 : Seconds + 1);
        peer.Dispose();
        while (!reading.IsCompleted)
        {
            // It may wait for its next part before it reads that nothing more comes.
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(5, patience.Token);
        }

        Assert.True(await reading);
    }

    [Fact]
    public async Task A_frame_beyond_the_limit_is_none()
    {
        var (sender, receiver) = await Pair(TimeProvider.System);

        sender.Write(new byte[101]);

        Assert.False(await receiver.Read(100, _ => true).WaitAsync(Patience));
        sender.Dispose();
    }

    private static async Task<(Connection Sender, Connection Receiver)> Pair(TimeProvider time, bool isEncrypted = false)
    {
        var (socket, receiver) = await Sockets(time);
        var sender = new Connection(socket, time);
        if (isEncrypted)
        {
            using var shelf = new Shelf();
            await Task.WhenAll(
                sender.Secure(new Tls(shelf.Security("ann", "bob")).Call, CancellationToken.None),
                receiver.Secure(new Tls(shelf.Security("bob", "ann")).Answer, CancellationToken.None)).WaitAsync(Patience);
        }

        return (sender, receiver);
    }

    private static async Task<(Socket Sender, Connection Receiver)> Sockets(TimeProvider time)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = listener.AcceptSocketAsync();
        var calling = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await calling.ConnectAsync(listener.LocalEndpoint);
        return (calling, new Connection(await accepting, time));
    }
}
