using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>The connections of a node that are open, and who is at their other ends. Any thread may call.</summary>
internal sealed class Connections
{
    private readonly ConcurrentDictionary<Connection, Origin?> _open = new();
    private readonly Tls? _tls;
    private readonly CancellationToken _ending;

    /// <param name="tls">Makes them safe; null: they stay as they are.</param>
    /// <param name="ending">Cancelled when the node ends: from then on none is opened.</param>
    public Connections(Tls? tls, CancellationToken ending)
    {
        (_tls, _ending) = (tls, ending);
        if (tls is not null)
        {
            tls.Known.Removed += CloseThoseOf;
            ending.Register(() => tls.Known.Removed -= CloseThoseOf);
        }
    }

    /// <summary>Opens one, and makes it safe where the room is to be.</summary>
    /// <exception cref="RefusedException">It is not to be.</exception>
    public async Task<Connection> Dial(string? host, int port, CancellationToken cancel)
    {
        var connection = await Connect(host, port, cancel).ConfigureAwait(false);
        await Call(connection, cancel).ConfigureAwait(false);
        return connection;
    }

    public async Task<Connection> Connect(string? host, int port, CancellationToken cancel)
    {
        var socket = IPAddress.TryParse(host, out var ip)
            ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            EndPoint there = ip is null ? new DnsEndPoint(host!, port) : new IPEndPoint(ip, port);
            await socket.ConnectAsync(there, cancel).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return Open(socket) ?? throw new SocketException((int)SocketError.ConnectionReset);
    }

    /// <summary>Null: it is gone already.</summary>
    public Connection? Open(Socket socket)
    {
        try
        {
            var connection = new Connection(socket, TimeProvider.System);
            _open[connection] = null;
            _ = connection.WhenClosed.ContinueWith(_ => _open.TryRemove(connection, out var _), TaskContinuationOptions.ExecuteSynchronously);
            if (_ending.IsCancellationRequested)
            {
                connection.Dispose();
            }

            return connection;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Makes one safe that this node has opened.</summary>
    /// <exception cref="RefusedException">It is not to be, and is closed.</exception>
    public Task Call(Connection connection, CancellationToken cancel) => _tls is null ? Task.CompletedTask : Secure(connection, _tls.Call, cancel);

    /// <summary>Makes one safe that another has opened.</summary>
    /// <exception cref="RefusedException">It is not to be.</exception>
    /// <exception cref="IOException">The other has gone by itself.</exception>
    public Task Answer(Connection connection, CancellationToken cancel) => _tls is null ? Task.CompletedTask : Secure(connection, _tls.Answer, cancel);

    /// <summary>Remembers who is at the other end.</summary>
    public void Know(Connection connection, Origin origin) => _open.TryUpdate(connection, origin, null);

    /// <summary>Says a last word to everybody who is known.</summary>
    public void Say(byte[] frame)
    {
        foreach (var (connection, _) in _open.Where(o => o.Value is not null))
        {
            connection.Write(frame);
        }
    }

    public void CloseThoseWith(Address node)
    {
        foreach (var (connection, _) in _open.Where(o => o.Value is { } who && who.Port == node.Port && string.Equals(who.Host, node.Host, StringComparison.Ordinal)))
        {
            connection.Close();
        }
    }

    public async Task<bool> CloseAll()
    {
        var open = _open.Keys.ToList();
        open.ForEach(c => c.Close());
        await Task.WhenAll(open.Select(c => c.WhenClosed)).WaitAsync(TimeSpan.FromMilliseconds(TransportLimits.ClosingMs)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }

    private async Task Secure(Connection connection, Func<Stream, CancellationToken, Task<(Stream Stream, DeviceId Device)>> shake, CancellationToken cancel)
    {
        try
        {
            await connection.Secure(shake, cancel).ConfigureAwait(false);

            // Asked again now that it can be found: it may have been removed since the handshake.
            if (!_tls!.Known.Contains(connection.Device!.Value))
            {
                throw new RefusedException("its device is not one of yours any more") { Shown = connection.Device };
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void CloseThoseOf(DeviceId device)
    {
        foreach (var (connection, _) in _open.Where(o => o.Key.Device == device))
        {
            connection.Dispose();
        }
    }
}
