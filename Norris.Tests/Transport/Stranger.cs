using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Norris.Actors.Transport;

namespace Norris.Tests.Transport;

/// <summary>Somebody with a socket, who knows what nodes say to each other and is none.</summary>
internal sealed class Stranger : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly bool _isFirst;
    private readonly TcpListener _listener;
    private readonly TaskCompletionSource<Guid> _secret = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TcpClient _client;
    private readonly Tls? _tls;
    private Stream _stream = Stream.Null;

    /// <param name="itself">The same one, which has come in already, on a connection of its own.</param>
    /// <param name="tls">Of a device; null: it has none.</param>
    public Stranger(Stranger? itself = null, Tls? tls = null)
    {
        _isFirst = itself is null;
        _tls = tls;
        _client = new TcpClient();
        _listener = itself?._listener ?? new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _ = HearCallBack();
    }

    /// <param name="called">A connection that a node has opened to it.</param>
    public Stranger(TcpClient called) => (_client, _listener, _stream) = (called, new TcpListener(IPAddress.Loopback, 0), called.GetStream());

    /// <summary>Where it does listen.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connects and says what it wants.</summary>
    public async Task Call(int node, params byte[][] frames)
    {
        await _client.ConnectAsync(IPAddress.Loopback, node);
        _stream = _tls is null ? _client.GetStream() : (await _tls.Call(_client.GetStream(), CancellationToken.None)).Stream;
        await Say(frames);
    }

    public async Task Say(params byte[][] frames)
    {
        foreach (var frame in frames)
        {
            await _stream.WriteAsync(Pdu.Framed(frame));
        }
    }

    public Task SayRaw(byte[] bytes) => _stream.WriteAsync(bytes).AsTask();

    /// <summary>Comes in as the one who listens at its port.</summary>
    public async Task ComeIn(int node, int uid)
    {
        await Call(node, Handshake.Hello(Guid.NewGuid()), Pdu.Associate("127.0.0.1", Port, uid));
        await Say(Handshake.Answer(await _secret.Task.WaitAsync(Patience)));
        Assert.NotNull(Handshake.Associate(await Hear()));
    }

    /// <summary>The next frame; empty: the other has closed.</summary>
    public async Task<byte[]> Hear()
    {
        var length = new byte[4];
        return await Fill(length) ? await Frame(BinaryPrimitives.ReadInt32LittleEndian(length)) : [];
    }

    public void Dispose()
    {
        if (_isFirst)
        {
            _listener.Dispose();
        }

        _client.Dispose();
    }

    private async Task<byte[]> Frame(int length)
    {
        var frame = new byte[length];
        return await Fill(frame) ? frame : [];
    }

    private async Task<bool> Fill(byte[] bytes)
    {
        try
        {
            await _stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task HearCallBack()
    {
        using var back = await _listener.AcceptTcpClientAsync();
        var stream = _tls is null ? back.GetStream() : (await _tls.Answer(back.GetStream(), CancellationToken.None)).Stream;
        var length = new byte[4];
        await stream.ReadExactlyAsync(length);
        var frame = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        await stream.ReadExactlyAsync(frame);
        if (Handshake.IsCallBack(frame, out _, out var said))
        {
            _secret.TrySetResult(said.Secret);
        }
    }
}
