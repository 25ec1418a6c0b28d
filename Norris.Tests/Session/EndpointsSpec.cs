using Norris.Node.Session;

namespace Norris.Tests.Session;

public class EndpointsSpec
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", 4053)]
    [InlineData("127.0.0.1:1", "127.0.0.1", 1)]
    [InlineData("chat.example:65535", "chat.example", 65535)]
    [InlineData("localhost", "localhost", 4053)]
    [InlineData("[::1]", "::1", 4053)]
    [InlineData("[::1]:4100", "::1", 4100)]
    [InlineData("::1", "::1", 4053)]
    [InlineData("fe80::1", "fe80::1", 4053)]
    [InlineData("127.1", "127.0.0.1", 4053)]
    [InlineData("[::ffff:127.0.0.1]:1", "127.0.0.1", 1)]
    [InlineData("[0:0:0:0:0:0:0:1]", "::1", 4053)]
    [InlineData("[2001:DB8::0:1]:1", "2001:db8::1", 1)]
    public void An_address_is_a_host_and_perhaps_a_port(string text, string host, int port)
    {
        Assert.True(Endpoints.TryParse(text, out var endpoint, out _));
        Assert.Equal(new Endpoint(host, port), endpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":4053")]
    [InlineData("h:")]
    [InlineData("h:0")]
    [InlineData("h:65536")]
    [InlineData("h:-1")]
    [InlineData("h:+1")]
    [InlineData("h:4053x")]
    [InlineData("h:1:2")]
    [InlineData("[::1")]
    [InlineData("[::1]4053")]
    [InlineData("[h]:1")]
    [InlineData("a b")]
    [InlineData("http://h")]
    [InlineData("h/path")]
    public void Anything_else_is_refused_with_the_reason(string text)
    {
        Assert.False(Endpoints.TryParse(text, out _, out var whyNot));
        Assert.Contains($"'{text}'", whyNot, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("LocalHost", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("192.168.1.7", false)]
    [InlineData("chat.example", false)]
    public void Only_loopback_keeps_others_out(string host, bool isLoopback) => Assert.Equal(isLoopback, Endpoints.IsLoopback(host));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:4053")]
    [InlineData("::1", "[::1]:4053")]
    [InlineData("chat.example", "chat.example:4053")]
    public void It_is_written_with_brackets_where_it_needs_them(string host, string written) =>
        Assert.Equal(written, new Endpoint(host, Endpoint.DefaultPort).ToString());

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:1")]
    [InlineData("::1", "[::1]:1")]
    [InlineData("localhost", "127.0.0.1:1 [::1]:1")]
    public async Task A_node_may_go_by_the_addresses_of_a_name(string host, string names) =>
        Assert.Equal(names, string.Join(' ', await Endpoints.NamesOf(new Endpoint(host, 1), CancellationToken.None)));
}
