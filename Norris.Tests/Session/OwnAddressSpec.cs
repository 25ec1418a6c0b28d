using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class OwnAddressSpec
{
    /// <summary>For documentation alone (RFC 5737, RFC 3849): no machine has them.</summary>
    private const string Elsewhere = "192.0.2.77";

    private const string ElsewhereInIPv6 = "2001:db8::77";

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("chat.example", false)]
    [InlineData(Elsewhere, true)]
    [InlineData(ElsewhereInIPv6, true)]
    public void An_address_is_this_machines_or_not(string host, bool isNotThere) => Assert.Equal(isNotThere, OwnAddress.IsNotThere(host));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "chat.example", false)]
    [InlineData("192.168.1.8", Elsewhere, false)]
    [InlineData("127.0.0.1", Elsewhere, true)]
    [InlineData("::1", ElsewhereInIPv6, true)]
    public void What_listens_on_loopback_is_told_how_to_join_a_node_elsewhere(string listensOn, string there, bool needsAnother)
    {
        Assert.Equal(needsAnother, OwnAddress.NeedsAnother(listensOn, there, out var bind));
        var through = new Endpoint(there, 4053);
        Assert.Equal($"norris join {through}{(needsAnother ? $" --bind {bind}" : "")}", OwnAddress.JoinCommand(through, listensOn, isOpen: Endpoints.IsLoopback(bind)));
    }

    [Theory]
    [InlineData("127.0.0.1", true, "")]
    [InlineData("127.0.0.1", false, " --private")]
    [InlineData("192.168.1.8", true, " --open")]
    [InlineData("192.168.1.8", false, "")]
    public void Who_a_room_is_for_is_said_where_it_is_not_the_usual_thing(string listensOn, bool isOpen, string said) =>
        Assert.Equal($"norris join 192.168.1.7:4053{said}", OwnAddress.JoinCommand(new Endpoint(listensOn == "127.0.0.1" ? "127.0.0.1" : "192.168.1.7", 4053), listensOn, isOpen).Replace("127.0.0.1", "192.168.1.7", StringComparison.Ordinal));

    [Fact]
    public void Another_name_of_this_machine_is_what_to_listen_on()
    {
        var own = OwnAddress.ForOthers(System.Net.Sockets.AddressFamily.InterNetwork);
        Assert.False(OwnAddress.IsNotThere(own));
        Assert.EndsWith(own, OwnAddress.JoinCommand(new Endpoint(own, 4053), own, isOpen: false).Split(':')[0], StringComparison.Ordinal);
        OwnAddress.NeedsAnother("127.0.0.1", own, out var bind);
        Assert.Equal(System.Net.IPAddress.IsLoopback(System.Net.IPAddress.Parse(own)) ? "127.0.0.1" : own, bind);
    }
}
