using System.Net;
using System.Net.Sockets;
using System.Text;
using Norris.Node.Web;
using Norris.Tests.Session;

namespace Norris.Tests.Fuzz;

/// <summary>Whole requests to a real server, over a socket. What they hold is anything; where a request ends is right, which is the server's own business.</summary>
internal sealed class WebTarget : IDisposable
{
    private const string Token = "@token";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WebKeys _keys = new(new byte[WebKeys.TokenBytes]);
    private readonly WebServer _server;

    public WebTarget()
    {
        var room = new FakeRoom();
        var node = room.Start("127.0.0.1:4053", "alice");
        node.Circle = new FakeCircle(room);
        _server = WebServer.Start(node, node.Own, new WebOptions(IPAddress.Loopback, 0), _keys, null, TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult();
    }

    public FuzzTarget Target => new("http", 2, 16 * 1024, int.MaxValue, 0, request => Ask(request) is var status && status is >= 200 and < 400 ? (object)status : null)
    {
        Samples = FuzzTarget.Texts(
            $"GET /api/room\nCookie: norris-8080=AAAA; norris-own-8080=BBBB\nAuthorization: Bearer {Token}\n\n",
            $"GET /api/events?follow=no&recent=7&room=4e6f727269730001\nLast-Event-ID: 5\nAuthorization: Bearer {Token}\n\n",
            $"GET /api/events?after=3&follow=no\nAuthorization: bearer {Token}\n\n",
            $"POST /api/messages\nContent-Type: application/json\nAuthorization: Bearer {Token}\n\n{{\"text\":\"hello\",\"key\":\"k1\"}}",
            $"POST /api/messages\nContent-Type: text/plain; charset=utf-8\nAuthorization: Bearer {Token}\n\ntea & cake",
            "POST /api/user\nContent-Type: application/json\nOrigin: http://127.0.0.1\n\n{\"name\":\"Zoë\"}",
            "DELETE /api/user\nSec-Fetch-Site: same-origin\n\n",
            "POST /api/line\nContent-Type: application/json; charset=\"utf-8\"\n\n{\"line\":\"/search tea\"}",
            $"GET /api/history?q=tea%20from:ada&before=9&limit=5\nAuthorization: Bearer {Token}\n\n",
            $"POST /api/link\nAuthorization: Bearer {Token}\n\n",
            $"GET /api/devices\nAuthorization: Bearer {Token}\n\n",
            $"POST /api/invites\nContent-Type: application/json\nAuthorization: Bearer {Token}\n\n{{\"name\":\"bob\"}}",
            $"DELETE /api/invites?code=4mvt\nAuthorization: Bearer {Token}\n\n",
            $"DELETE /api/devices?who=9F3K-T0PA\nAuthorization: Bearer {Token}\n\n",
            "GET /?key=AAAAAAAA\n\n",
            "GET /index.html\nIf-None-Match: \"x\"\nRange: bytes=0-5\nAccept-Encoding: gzip\n\n",
            "GET /health/ready\n\n",
            "GET /metrics\n\n",
            "GET /openapi/v1.json\n\n",
            "HEAD /%61pi/../room\n\n"),
    };

    public void Dispose() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>The status of the answer; 0: the server closed without one.</summary>
    private int Ask(byte[] request)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Patience.TotalMilliseconds, NoDelay = true };
        socket.Connect(_server.Url.Host, _server.Url.Port);
        var answer = new byte[12]; // HTTP/1.1 200
        var read = 0;
        try
        {
            socket.Send(Whole(request));
            for (var more = 1; more > 0 && read < answer.Length; read += more)
            {
                more = socket.Receive(answer, read, answer.Length - read, SocketFlags.None);
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // It has seen enough.
        }

        var status = read < answer.Length ? 0 : int.Parse(answer.AsSpan(9), null);
        FuzzTarget.Holds(status is < 500 or 503, $"a bad request is answered as one, and not with {status}");
        return status;
    }

    /// <summary>As it goes over the wire: the lines until an empty one, and what is left with its length.</summary>
    private byte[] Whole(byte[] request)
    {
        var end = request.AsSpan().IndexOf("\n\n"u8);
        var head = Encoding.Latin1.GetString(request, 0, end < 0 ? request.Length : end).Replace(Token, _keys.Token, StringComparison.Ordinal).Split('\n');
        var body = end < 0 ? [] : request[(end + 2)..];
        var headers = head.Skip(1).Where(line => !IsFraming(line)).Select(line => line + "\r\n");
        var host = head.Any(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)) ? "" : $"Host: {_server.Url.Authority}\r\n";
        var text = $"{head[0].TrimEnd('\r')} HTTP/1.1\r\n{host}{string.Concat(headers)}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        return [.. Encoding.Latin1.GetBytes(text), .. body];
    }

    private static bool IsFraming(string line) =>
        ((string[])["Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "Connection"]).Any(name => line.StartsWith(name, StringComparison.OrdinalIgnoreCase));
}
