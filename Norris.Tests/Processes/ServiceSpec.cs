using System.Net.Sockets;
using System.Text;
using Norris.Tests.Archive;

namespace Norris.Tests.Processes;

[Collection(ProcessCollection.Name)]
public sealed class ServiceSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task A_node_that_waits_for_others_is_up_and_says_for_whom()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "systemd is for Linux");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.File("notify")));
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var other = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var own = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();

        await using var norris = NorrisProcess.Shell($"export NOTIFY_SOCKET={_folder.File("notify")}; norris up 127.0.0.1:{own} 127.0.0.1:{other} --port {own} --ui none");
        var buffer = new byte[4096];
        var length = await socket.ReceiveAsync(buffer).WaitAsync(NorrisProcess.Patience);
        Assert.StartsWith("READY=1\nSTATUS=waiting for a majority of 127.0.0.1:", Encoding.UTF8.GetString(buffer, 0, length), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete();
}
