using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Tests.Devices;
using Norris.Tests.MultiNode;

namespace Norris.Tests.Embedding;

[Collection(Clusters.Name)]
public sealed class NorrisOptionsSpec
{
    [Fact]
    public void What_is_not_set_is_as_shipped()
    {
        var options = new NorrisOptions();

        options.Validate();
        Assert.Equal(new ProtocolOptions(), options.ToProtocol());
    }

    [Fact]
    public void They_are_bound_from_an_applications_configuration()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Norris:Delivery"] = "Agreed",
            ["Norris:NodeSilentAfter"] = "00:00:10",
            ["Norris:OutboxBytes"] = "1000000",
            ["Norris:OutboxWindowBytes"] = "500000",
            ["Norris:JoinsAtOnce"] = "false",
        }).Build();
        var options = new NorrisOptions();

        configuration.GetSection("Norris").Bind(options);

        options.Validate();
        Assert.False(options.JoinsAtOnce);
        Assert.Equal(
            new ProtocolOptions { Delivery = DeliveryLevel.Agreed, NodeSilentAfter = 10_000, OutboxBytes = 1_000_000, OutboxWindowBytes = 500_000 }, options.ToProtocol());
    }

    [Theory]
    [InlineData("norris.gap-timeout = soon", "norris.gap-timeout is a time, as 200ms or 2s, not 'soon'")]
    [InlineData("norris.outbox-bytes = much", "norris.outbox-bytes is a size, as 64 KiB, not 'much'")]
    [InlineData("norris.delivery = perhaps", "norris.delivery is 'uniform' or 'agreed', not 'perhaps'")]
    [InlineData("norris.delivery = 7", "norris.delivery is 'uniform' or 'agreed', not '7'")]
    [InlineData("norris.gap-timeuot = 20ms", "norris.gap-timeuot is no setting: hocon/norris.hocon has them all")]
    public void What_cannot_be_read_is_told_with_its_name(string hocon, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => NorrisOptions.From(ConfigurationFactory.ParseString(hocon))).Message);

    [Theory]
    [InlineData("norris.ask-again-after = 0ms", "norris.ask-again-after is less than a millisecond")]
    [InlineData("norris.tick = 2s", "norris.tick is more than a second")]
    [InlineData("norris.retained-bytes = 1 KiB", "norris.retained-bytes is less than 65,536 bytes")]
    [InlineData("norris.no-majority-after = 2s", "norris.no-majority-after is not more than 2000 ms: half of a membership would never decide alone")]
    [InlineData("norris.touch-lost-after = 100ms", "norris.touch-lost-after is not more than norris.progress-every: the host would always be silent")]
    [InlineData("norris.host-silent-after = 100ms", "norris.host-silent-after is not more than norris.progress-every: the host would always be taken out")]
    [InlineData("norris.node-silent-after = 100ms", "norris.node-silent-after is not more than norris.progress-every: everybody would be taken out")]
    [InlineData("norris.outbox-window-bytes = 5 MiB", "norris.outbox-window-bytes is more than norris.outbox-bytes")]
    public void What_makes_no_room_that_works_is_told_with_its_name(string hocon, string failure) =>
        Assert.Equal([failure], Assert.Throws<OptionsValidationException>(NorrisOptions.From(ConfigurationFactory.ParseString(hocon)).Validate).Failures);

    [Fact]
    public async Task Code_wins_over_settings_and_settings_win_over_what_is_shipped()
    {
        await using var node = await ShopNode.Open(
            NorrisIsSaid.First,
            also: akka => akka.AddHocon("norris { gap-timeout = 70ms, ghost-timeout = 3s }", HoconAddMode.Append),
            options: options => options.GhostTimeout = TimeSpan.FromSeconds(5));

        Assert.Equal(new ProtocolOptions { GapTimeout = 70, GhostTimeout = 5000 }, node.Room.Options);
    }

    [Fact]
    public async Task An_application_with_options_that_do_not_work_does_not_start()
    {
        var e = await Assert.ThrowsAnyAsync<Exception>(() => ShopNode.Open(NorrisIsSaid.Last, options: options => options.Tick = TimeSpan.Zero));

        Assert.Contains("norris.tick is less than a millisecond", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hardening_with_another_who_decides_who_is_out_is_refused()
    {
        var e = await Assert.ThrowsAnyAsync<Exception>(() => ShopNode.Open(NorrisIsSaid.Last, also: akka => akka.WithNorrisHardening()
            .AddHocon("akka.cluster.downing-provider-class = \"Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster\"", HoconAddMode.Prepend)));

        Assert.Contains("akka.cluster.downing-provider-class was set after WithNorrisHardening()", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[\"akka.remote.dot-netty.tcp\"]")]
    [InlineData("[\"akka.remote.norris.tcp\", \"akka.remote.dot-netty.tcp\"]")]
    public async Task A_room_for_certain_devices_is_on_no_transport_that_does_not_know_them(string transports)
    {
        using var shelf = new Shelf();
        var security = shelf.Security("ann", "bob");

        var e = await Assert.ThrowsAnyAsync<Exception>(() => ShopNode.Open(NorrisIsSaid.Last, also: akka => akka.WithNorrisHardening(security)
            .AddHocon($"akka.remote.enabled-transports = {transports}, akka.remote.norris.tcp.port = 0", HoconAddMode.Prepend)));

        Assert.Contains("akka.remote.enabled-transports was set after WithNorrisHardening()", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_WithNorris_there_is_no_room_and_that_is_said()
    {
        await using var node = await ShopNode.Open(NorrisIsSaid.Never);

        Assert.Equal("there is no room on this actor system: say WithNorris() where it is built", Assert.ThrowsAny<ConfigurationException>(() => node.Room).Message);
    }
}
