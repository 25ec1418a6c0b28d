using System.Net.Sockets;
using System.Text;
using Norris.Node.Commands;
using Norris.Node.Screens;
using Norris.Tests.Archive;
using Norris.Tests.Session;

namespace Norris.Tests.Commands;

/// <summary>What systemd hears, by a real datagram socket.</summary>
public sealed class ServiceManagerSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_told_that_the_service_is_up_and_what_it_does_in_one_line(bool withoutFile)
    {
        var service = new ServiceManager(Bind(withoutFile));
        service.IsUp("ada\nSTOPPING=1 is here");
        service.IsStopping();
        service.IsUp("too late");
        Assert.Equal(["READY=1", "STATUS="], Lines(Receive(), 7));
        Assert.Equal("STOPPING=1", Receive());
        Assert.Equal(0, _socket.Available);
    }

    [SkippableTheory]
    [InlineData("none")]
    [InlineData("json")]
    public async Task A_chat_says_when_it_is_in_the_room_and_when_it_leaves(string ui)
    {
        var service = new ServiceManager(Bind(withoutFile: false));
        using var errors = new StringWriter();
        using var leave = new CancellationTokenSource();
        var streams = new StandardStreams(Stream.Null, Stream.Null, errors, InIsTerminal: false, OutIsTerminal: false);
        var surroundings = new Surroundings(streams, _folder.File("profile.json"), TimeProvider.System, (_, _) => Task.FromResult<Node.Session.IChatNode>(new ScriptedNode(new ScriptedSession())))
        {
            Service = service,
        };
        var run = Node.Commands.CommandLine.Run(["host", "--ui", ui, "--stay"], surroundings, leave.Token);
        Assert.StartsWith("READY=1\nSTATUS=in a room, at ", Receive(), StringComparison.Ordinal);
        await leave.CancelAsync();
        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(60)));
        string last;
        while ((last = Receive()) != "STOPPING=1")
        {
            Assert.StartsWith("READY=1\nSTATUS=", last, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/nowhere/at/all")]
    [InlineData("@nobody-is-here")]
    public void Where_nobody_listens_nothing_happens(string? socket)
    {
        var service = new ServiceManager(socket);
        service.IsUp("here");
        service.IsStopping();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _folder.Delete();
    }

    private static IEnumerable<string> Lines(string text, int length) => text.Split('\n').Select(line => line[..Math.Min(length, line.Length)]);

    /// <summary>What <c>NOTIFY_SOCKET</c> would be.</summary>
    private string Bind(bool withoutFile)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "systemd is for Linux");
        var path = _folder.File("notify");
        _socket.Bind(new UnixDomainSocketEndPoint(withoutFile ? $"\0{path}" : path));
        return withoutFile ? $"@{path}" : path;
    }

    private string Receive()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
    }
}
