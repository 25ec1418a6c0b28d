using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>
/// Frames over one connection: four bytes of length, the least first, and so many bytes. Any thread may write; frames go out in that order, as many at
/// once as have come together while the ones before were on their way.
/// </summary>
internal sealed class Connection : IThreadPoolWorkItem, IDisposable
{
    private const int LengthBytes = sizeof(int);
    private const int BufferBytes = 64 * 1024;
    private static readonly TimeSpan FrameLimit = TimeSpan.FromMilliseconds(TransportLimits.FrameMs);
    private static readonly StreamPipeReaderOptions ReaderOptions = new(bufferSize: BufferBytes, minimumReadSize: BufferBytes / 4);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _closingLimit;
    private readonly ITimer _frameLimit;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Stream _stream;
    private List<ReadOnlyMemory<byte>> _waiting = [];
    private List<ReadOnlyMemory<byte>> _leaving = [];
    private long _unsent;
    private bool _isWriting;
    private bool _isClosing;
    private bool _isWatched;
    private long _halfSince;

    public Connection(Socket socket, TimeProvider time)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        _stream = new NetworkStream(socket, ownsSocket: true);
        var remote = (IPEndPoint)socket.RemoteEndPoint!;
        Remote = remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port) : remote;
        _time = time;
        _closingLimit = time.CreateTimer(_ => Dispose(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _frameLimit = time.CreateTimer(_ => LookAtHalfFrame(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IPEndPoint Remote { get; }

    public Task WhenClosed => _closed.Task;

    /// <summary>Who is at the other end, once that is known.</summary>
    public Peer? Peer { get; set; }

    /// <summary>The device that has proven to be at the other end; null: none has to, or not yet.</summary>
    public DeviceId? Device { get; private set; }

    /// <summary>Whether it was closed because too much waited to be written.</summary>
    public bool IsOverfull { get; private set; }

    /// <summary>Whether it was closed because a frame took too long.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Queues a frame. Nobody may change its bytes from now on. False: the connection is closed.</summary>
    public bool Write(ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                return false;
            }

            _unsent += frame.Length + LengthBytes;
            _waiting.Add(frame);
            IsOverfull = _unsent > TransportLimits.UnsentBytes || (_unsent > TransportLimits.GuestUnsentBytes && Peer is { IsMember: false });
            if (!IsOverfull && _isWriting)
            {
                return true;
            }

            _isWriting = true;
        }

        if (IsOverfull)
        {
            Dispose();
            return false;
        }

        // On another thread: whoever writes has often more to write, and it all goes at once.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>Closes it when everything is written, or soon.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                return;
            }

            _isClosing = true;
            if (_isWriting)
            {
                _closingLimit.Change(TimeSpan.FromMilliseconds(TransportLimits.ClosingMs), Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Dispose();
    }

    /// <summary>Closes it at once.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosing = true;
        }

        _closingLimit.Dispose();
        _frameLimit.Dispose();
        _stream.Dispose();
        _closed.TrySetResult();
    }

    void IThreadPoolWorkItem.Execute() => _ = WriteAll();

    /// <summary>Encrypts it from now on. Nothing is to be written or read meanwhile.</summary>
    /// <param name="shake">Makes of the connection as it is an encrypted one with a device; where it fails, it closes it.</param>
    /// <param name="cancel">Cancelled when it takes too long.</param>
    /// <exception cref="ObjectDisposedException">The connection was closed meanwhile.</exception>
    public async Task Secure(Func<Stream, CancellationToken, Task<(Stream Stream, DeviceId Device)>> shake, CancellationToken cancel)
    {
        var (stream, device) = await shake(_stream, cancel).ConfigureAwait(false);
        lock (_gate)
        {
            (_stream, Device) = (stream, device);
            if (!_isClosing)
            {
                return;
            }
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(nameof(Connection));
    }

    /// <summary>One frame of a handshake. It holds on to no more than that.</summary>
    /// <exception cref="InvalidDataException">The frame is none of a handshake's.</exception>
    /// <exception cref="RefusedException">It is one of TLS's.</exception>
    /// <exception cref="IOException">The connection is closed.</exception>
    public async ValueTask<byte[]> ReadHandshake(CancellationToken cancel)
    {
        var header = new byte[LengthBytes];
        await Fill(header, cancel).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length is 0 or > TransportLimits.HandshakeFrameBytes)
        {
            // A TLS handshake begins so. Who waits for TLS's answer and gets another knows why.
            throw Device is null && header is [0x16, 0x03, ..] ? new RefusedException("it speaks TLS, and this room is not encrypted") { ExpectsAkka = true } : new InvalidDataException();
        }

        var frame = new byte[length];
        await Fill(frame, cancel).ConfigureAwait(false);
        return frame;
    }

    /// <summary>Hands over one frame after the other until there are no more.</summary>
    /// <param name="frameBytes">The largest.</param>
    /// <param name="take">Gets a frame, which is its own from then on; false: no more.</param>
    /// <returns>Whether what came were frames.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    public async Task<bool> Read(int frameBytes, Func<byte[], bool> take)
    {
        var reader = PipeReader.Create(_stream, ReaderOptions);
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync().ConfigureAwait(false);
                var buffer = result.Buffer;
                var before = buffer.Length;
                var areFrames = Take(ref buffer, length => length <= frameBytes && (Peer?.MaySend(length) ?? true), take, out var isEnough);
                if (!areFrames || isEnough || result.IsCompleted)
                {
                    return areFrames;
                }

                var isHalf = !buffer.IsEmpty;
                var isAnother = buffer.Length < before;
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (Peer is { } peer)
                {
                    await peer.Rest(WhenClosed).ConfigureAwait(false);
                }

                Watch(isHalf, isAnother);
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Cuts off the frames that are there. False: what comes next is none.</summary>
    internal static bool Take(ref ReadOnlySequence<byte> buffer, Func<uint, bool> mayBe, Func<byte[], bool> take, out bool isEnough)
    {
        isEnough = false;
        Span<byte> header = stackalloc byte[LengthBytes];
        while (!isEnough && buffer.Length >= LengthBytes)
        {
            buffer.Slice(0, LengthBytes).CopyTo(header);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (length is 0 or > int.MaxValue || !mayBe(length))
            {
                return false;
            }

            if (buffer.Length < LengthBytes + length)
            {
                break;
            }

            var frame = GC.AllocateUninitializedArray<byte>((int)length);
            buffer.Slice(LengthBytes, length).CopyTo(frame);
            buffer = buffer.Slice(LengthBytes + length);
            isEnough = !take(frame);
        }

        return true;
    }

    /// <summary>A frame that has begun has to end. A busy connection always has half of one: the timer is set once in that time, not for each.</summary>
    private void Watch(bool isHalf, bool isAnother)
    {
        if (!isHalf)
        {
            Volatile.Write(ref _halfSince, 0);
        }
        else if (isAnother || _halfSince == 0)
        {
            Volatile.Write(ref _halfSince, Math.Max(1, _time.GetTimestamp()));
            if (!_isWatched)
            {
                _isWatched = true;
                _frameLimit.Change(FrameLimit, FrameLimit);
            }
        }
    }

    private void LookAtHalfFrame()
    {
        if (Volatile.Read(ref _halfSince) is var since and not 0 && _time.GetElapsedTime(since) >= FrameLimit)
        {
            IsLate = true;
            Dispose();
        }
    }

    private async ValueTask Fill(Memory<byte> buffer, CancellationToken cancel)
    {
        while (!buffer.IsEmpty)
        {
            var read = await _stream.ReadAsync(buffer, cancel).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            buffer = buffer[read..];
        }
    }

    private async Task WriteAll()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    if (_waiting.Count == 0)
                    {
                        _isWriting = false;
                        break;
                    }

                    (_waiting, _leaving) = (_leaving, _waiting);
                }

                var written = await WriteBatch(buffer).ConfigureAwait(false);
                _leaving.Clear();
                lock (_gate)
                {
                    _unsent -= written;
                }
            }

            if (_isClosing)
            {
                Dispose();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // Whoever reads notices, and says so.
            Dispose();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<long> WriteBatch(byte[] buffer)
    {
        var written = 0L;
        var filled = 0;
        foreach (var frame in _leaving)
        {
            if (buffer.Length - filled < LengthBytes)
            {
                await _stream.WriteAsync(buffer.AsMemory(0, filled)).ConfigureAwait(false);
                filled = 0;
            }

            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(filled), frame.Length);
            filled += LengthBytes;
            for (var rest = frame; !rest.IsEmpty;)
            {
                if (filled == buffer.Length)
                {
                    await _stream.WriteAsync(buffer).ConfigureAwait(false);
                    filled = 0;
                }

                var part = rest[..Math.Min(rest.Length, buffer.Length - filled)];
                part.Span.CopyTo(buffer.AsSpan(filled));
                filled += part.Length;
                rest = rest[part.Length..];
            }

            written += frame.Length + LengthBytes;
        }

        await _stream.WriteAsync(buffer.AsMemory(0, filled)).ConfigureAwait(false);
        return written;
    }
}
