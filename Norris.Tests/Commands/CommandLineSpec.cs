using System.Text;
using Norris.Core.Protocol;
using Norris.Node.Commands;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Tests.Session;

namespace Norris.Tests.Commands;

public sealed class CommandLineSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("norris-commands").FullName;
    private readonly ScriptedSession _session = new();
    private readonly StringWriter _errors = new();
    private NodeSettings? _settings;
    private Exception? _startFails;
    private string _typed = "";
    private bool _terminal;

    [Fact]
    public async Task Host_has_the_documented_defaults()
    {
        Assert.Equal(0, await Run("host"));
        Assert.Equal(new Endpoint("127.0.0.1", 4053), _settings!.Listen);
        Assert.Empty(_settings.Seeds);
        Assert.Null(_settings.Advertise);
        Assert.Null(_settings.HoconFile);
        Assert.Equal("", _settings.Profile.Name);
        Assert.Equal(DeliveryLevel.Uniform, _settings.Delivery);
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public async Task Join_takes_several_addresses_and_any_free_port()
    {
        Assert.Equal(0, await Run("join", "127.0.0.1", "[::1]:4100"));
        Assert.Equal([new Endpoint("127.0.0.1", 4053), new Endpoint("::1", 4100)], _settings!.Seeds);
        Assert.Equal(new Endpoint("127.0.0.1", 0), _settings.Listen);
    }

    [Fact]
    public async Task Options_reach_the_node()
    {
        var hocon = Path.Combine(_folder, "own.hocon");
        await File.WriteAllTextAsync(hocon, "");
        Assert.Equal(0, await Run("host", "--name", "ada", "--bind", "[::1]", "--port", "0", "--advertise", "chat.example", "--open", "--ui", "json", "--delivery", "agreed", "--hocon", hocon));
        Assert.Equal(new Endpoint("::1", 0), _settings!.Listen);
        Assert.Equal("chat.example", _settings.Advertise);
        Assert.Equal("ada", _settings.Profile.Name);
        Assert.Equal(DeliveryLevel.Agreed, _settings.Delivery);
        Assert.Equal(hocon, _settings.HoconFile);
    }

    [Fact]
    public async Task Joining_elsewhere_from_a_node_that_only_this_machine_can_reach_is_refused_with_what_to_do()
    {
        Assert.Equal(2, await Run("join", "192.0.2.7", "--name", "ada"));
        Assert.Contains("--bind", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say what to do")]
    [InlineData("no command 'foo'", "foo")]
    [InlineData("no option --foo", "host", "--foo")]
    [InlineData("no option --foo", "join", "--foo")]
    [InlineData("no option --foo", "join", "127.0.0.1", "--foo")]
    [InlineData("'up' needs ADDRESS", "up")]
    [InlineData("none of 192.0.2.7:4053 is this node", "up", "192.0.2.7")]
    [InlineData("say which with --port", "up", "127.0.0.1:1", "127.0.0.1:2")]
    [InlineData("none of", "up", "127.0.0.1:1", "127.0.0.1:2", "--port", "3")]
    [InlineData("--continue", "up", "127.0.0.1", "--continue")]
    [InlineData("--name needs a value: --name NAME", "host", "--name")]
    [InlineData("--port is there more than once", "host", "--port", "1", "--port", "2")]
    [InlineData("'profile' needs one of export, import", "profile")]
    [InlineData("link-local", "host", "--bind", "fe80::1")]
    [InlineData("number of a process", "nodes", "--kill", "x")]
    [InlineData("no valid port", "join", "h:0")]
    [InlineData("[::1]", "join", "[::1]x")]
    [InlineData("too many", "host", "h")]
    [InlineData("0 to 65535", "host", "--port", "65536")]
    [InlineData("0 to 65535", "host", "--port", "-1")]
    [InlineData("without a port", "host", "--bind", "h:1")]
    [InlineData("without a port", "host", "--advertise", "a b")]
    [InlineData("json and none", "host", "--ui", "paper")]
    [InlineData("uniform and agreed", "host", "--delivery", "fast")]
    [InlineData("without scheme and port", "host", "--web", "8080", "--web-host", "https://chat.example")]
    [InlineData("none without --web", "host", "--web-host", "chat.example")]
    [InlineData("no such file", "host", "--hocon", "nowhere.hocon")]
    [InlineData("no two in a row", "host", "--name", "a  b")]
    [InlineData("1 to 32", "host", "--name", "")]
    [InlineData("--name", "host", "--name")]
    [InlineData("--private or --open", "host", "--private", "--open")]
    public async Task Wrong_usage_gets_one_line_that_says_what_to_do(string says, params string[] args)
    {
        Assert.Equal(2, await Run(args));
        Assert.Null(_settings);
        var line = Assert.Single(_errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("norris: ", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_cannot_start_is_one_line_and_exit_code_1()
    {
        _startFails = new NodeStartException("port 4053 is in use; choose another with --port");
        Assert.Equal(1, await Run("host"));
        Assert.Equal("norris: port 4053 is in use; choose another with --port" + Environment.NewLine, _errors.ToString());
    }

    [Fact]
    public async Task Listening_to_others_is_told_plainly()
    {
        Assert.Equal(0, await Run("host", "--bind", "0.0.0.0", "--open"));
        Assert.Null(_settings!.Security);
        Assert.Contains("anyone who can reach", Assert.Single(_errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "host", "--bind", "0.0.0.0")]
    [InlineData(true, "host", "--private")]
    [InlineData(true, "host", "--advertise", "chat.example")]
    [InlineData(false, "host")]
    [InlineData(false, "host", "--bind", "::1")]
    [InlineData(false, "host", "--open")]
    public async Task A_room_is_for_certain_devices_where_others_than_this_machine_could_reach_it(bool isPrivate, params string[] args)
    {
        Assert.Equal(0, await Run(args));
        Assert.Equal(isPrivate, _settings!.Security is not null);
        Assert.Equal(isPrivate, _errors.ToString().Contains("private room: who wants in needs an invite", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_is_in_no_circle_joins_nothing_beyond_this_machine_without_saying_that_it_is_open()
    {
        Assert.Equal(1, await Run("join", "192.0.2.7", "--bind", "192.0.2.8"));
        Assert.Null(_settings);
        Assert.Contains("this device is in no circle: ask somebody inside for an invite", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await Run("join", "192.0.2.7", "--bind", "192.0.2.8", "--open"));
    }

    [Fact]
    public async Task What_a_joiner_says_about_delivery_is_told_to_change_nothing()
    {
        Assert.Equal(0, await Run("join", "h", "--delivery", "agreed"));
        Assert.Contains("--delivery", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_that_the_host_gave_is_kept_for_who_asked_for_one()
    {
        _session.View = _session.View with { Name = "ada-2" };
        Assert.Equal(0, await Run("host", "--name", "ada"));
        Assert.Equal(0, await Run("host"));
        Assert.Equal("ada-2", _settings!.Profile.Name);
    }

    [Fact]
    public async Task A_made_up_name_is_not_kept()
    {
        _session.View = _session.View with { Name = "calm-fox" };
        Assert.Equal(0, await Run("host"));
        Assert.Equal(0, await Run("host"));
        Assert.Equal("", _settings!.Profile.Name);
    }

    [Theory]
    [InlineData(new[] { "join", "h" }, "norris: come back with: norris join 127.0.0.1:4055 127.0.0.1:4054\n")]
    [InlineData(new[] { "host" }, "norris: come back with: norris join 127.0.0.1:4055 127.0.0.1:4054\n")]
    [InlineData(
        new[] { "host", "--bind", "127.0.0.2", "--port", "4100", "--advertise", "localhost" },
        "norris: come back with: norris join 127.0.0.1:4055 127.0.0.1:4054 --bind 127.0.0.2 --port 4100 --advertise localhost\n")]
    public async Task Who_leaves_a_terminal_is_told_the_way_back(string[] came, string told)
    {
        _terminal = true;
        _typed = "hello\n";
        _session.View = _session.View with { Nodes = [.. _session.View.Nodes, Other(4054, reachable: false), Other(4055, reachable: true)] };
        Assert.Equal(0, await Run([.. came, "--ui", "line"]));
        Assert.Equal(told, _errors.ToString().ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(false, "line", 1)]
    [InlineData(true, "json", 1)]
    [InlineData(true, "line", 0)]
    public async Task Nobody_is_told_a_way_back_that_is_no_person_or_was_alone(bool terminal, string ui, int others)
    {
        _terminal = terminal;
        _session.View = _session.View with { Nodes = [.. _session.View.Nodes, .. Enumerable.Repeat(Other(4054, reachable: true), others)] };
        Assert.Equal(0, await Run("join", "h", "--ui", ui));
        Assert.Equal("", _errors.ToString());
    }

    private static NodeView Other(int port, bool reachable) => new($"127.0.0.1:{port}", false, false, reachable, false, 0, 0);

    [Fact]
    public async Task At_a_terminal_an_invalid_name_is_asked_for_again()
    {
        _terminal = true;
        _typed = "still  bad\nada\nhello\n";
        Assert.Equal(0, await Run("host", "--name", "a  b"));
        Assert.Equal("ada", _settings!.Profile.Name);
        Assert.Equal(["hello"], _session.Said);
    }

    [Fact]
    public async Task Who_is_interrupted_while_joining_gets_exit_code_1()
    {
        _startFails = new OperationCanceledException();
        Assert.Equal(1, await Run(["join", "h"], new CancellationToken(canceled: true)));
        Assert.Contains("interrupted", _errors.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _errors.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<int> Run(params string[] args) => Run(args, CancellationToken.None);

    private Task<int> Run(string[] args, CancellationToken leave)
    {
        // A scripted session lives once; the options of a second run are what matters then.
        var session = _settings is null ? _session : new ScriptedSession { View = _session.View };
        session.ComesIn();
        var streams = new StandardStreams(new MemoryStream(Encoding.UTF8.GetBytes(_typed)), Stream.Null, _errors, _terminal, _terminal);
        var surroundings = new Surroundings(streams, Path.Combine(_folder, "profile.json"), TimeProvider.System, (settings, _) =>
        {
            _settings = settings;
            settings.Named!(session.View.Name);
            return _startFails is null ? Task.FromResult<IChatNode>(new ScriptedNode(session)) : Task.FromException<IChatNode>(_startFails);
        });
        return Node.Commands.CommandLine.Run(args, surroundings, leave);
    }
}
