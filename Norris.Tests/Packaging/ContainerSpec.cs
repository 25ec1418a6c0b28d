using System.Globalization;
using System.Text.RegularExpressions;
using Norris.Tests.Architecture;
using Norris.Tests.Processes;
using Xunit.Abstractions;

namespace Norris.Tests.Packaging;

/// <summary>The image that the Dockerfile makes, and the nodes of the compose file in containers of it.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class ContainerSpec(ITestOutputHelper output) : IAsyncLifetime
{
    private const long SizeLimit = 130_000_000;
    private static readonly TimeSpan FailoverLimit = TimeSpan.FromSeconds(3);
    private static readonly string Dockerfile = Path.Combine(DocsSpec.Root, "Norris.Node", "Packaging", "Dockerfile");

    private readonly Dictionary<string, NorrisProcess> _nodes = [];
    private readonly Dictionary<string, string> _commands = ManifestSpec.ComposeNodes();
    private Podman _podman = null!;
    private string _addresses = "";

    [SkippableFact]
    public async Task Nodes_in_containers_keep_a_room_tell_their_health_and_are_nobody()
    {
        await MakeImage();
        var size = long.Parse(await _podman.Do("image", "inspect", "norris", "--format", "{{.Size}}"), CultureInfo.InvariantCulture);
        output.WriteLine($"the image: {size / 1e6:0} MB");
        Assert.InRange(size, 1, SizeLimit);

        // Who waits is alive, and not ready.
        var names = _commands.Keys.ToList();
        Start(names[0]);
        await Eventually.Holds(() => IsHealthy(names[0], "exec", Container(names[0]), "/usr/bin/norris", "health", "--live"), NorrisProcess.Patience);
        Assert.False(await IsHealthy(names[0]));
        names[1..].ForEach(Start);
        var room = await Welcomed(names);
        foreach (var name in names)
        {
            await Eventually.Holds(() => IsHealthy(name), NorrisProcess.Patience);
            await IsNobody(name);
        }

        await AllHear(names, "all are here");

        // As a crash: the process, not by podman.
        var host = names.Single(name => _nodes[name].Lines.Any(line => line.Event == "welcome" && line.Text("host") == _nodes[name].Node));
        await Tool.Run("kill", "-KILL", await _podman.Do("inspect", Container(host), "--format", "{{.State.Pid}}"));
        await _nodes[host].Exit();
        var others = names.Where(name => name != host).ToList();
        foreach (var name in others)
        {
            var failover = await _nodes[name].WaitFor(line => line.Event == "failover", "another host");
            var seconds = failover.Json.GetProperty("seconds").GetDouble();
            output.WriteLine($"{name} has another host after {seconds:0.00} s");
            Assert.InRange(seconds, 0, FailoverLimit.TotalSeconds);
        }

        await AllHear(others, "without the host");
        await _nodes[host].DisposeAsync();
        Start(host);
        Assert.Equal(room, await Welcomed(names));
        await AllHear(names, "all are back");

        await _podman.Do("stop", "--time", "20", Container(host));
        Assert.Equal(0, await _nodes[host].Exit());
    }

    public Task InitializeAsync()
    {
        _podman = Podman.Open();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _podman.DisposeAsync();
        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }
    }

    private async Task MakeImage()
    {
        Tool.Needs("podman", "ldd", "ldconfig");
        Skip.IfNot(Environment.IsPrivilegedProcess, "containers in a network of their own need root");
        Skip.If(StandIns.Published is null, "needs the native program: NORRIS_PROGRAM");
        _addresses = await _podman.Network("norris");
        var (build, runtime) = (await StandIns.Sdk(), await StandIns.RuntimeDeps());
        try
        {
            var whyNot = await _podman.WhyNot(build.Path, "norris");
            Skip.IfNot(whyNot is null, $"podman runs no container here: {whyNot}");
            var names = From().Matches(await File.ReadAllTextAsync(Dockerfile)).Select(m => m.Groups["name"].Value).ToList();
            Assert.Equal(2, names.Count);
            await _podman.Import(build.Path, names[0]);
            await _podman.Import(runtime.Path, names[1]);
        }
        finally
        {
            build.Delete();
            runtime.Delete();
        }

        await _podman.Build(Dockerfile, DocsSpec.Root, "norris");
    }

    /// <summary>By its line of the compose file, but in sight, and with an archive of its own.</summary>
    private void Start(string name)
    {
        var command = PostgresStore().Replace(_commands[name].Replace("--ui none", "--ui json", StringComparison.Ordinal), "--archive");
        var known = _commands.Keys.SelectMany(other => new[] { "--add-host", $"{other}:{AddressOf(other)}" });
        _nodes[name] = NorrisProcess.StartBy(_podman.RunCommand(
        [
            "--name", Container(name), "--network", "norris", "--ip", AddressOf(name), .. known, "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges",
            "--volume", $"{name}:/var/lib/norris", "norris", .. command.Split(' '),
        ]));
    }

    /// <summary>Not the name alone: podman takes <c>a</c> for any container whose id begins so.</summary>
    private static string Container(string name) => $"node-{name}";

    private string AddressOf(string name) => $"{_addresses}{10 + _commands.Keys.ToList().IndexOf(name)}";

    /// <summary>Gives the room, which is one.</summary>
    private async Task<string> Welcomed(IEnumerable<string> names)
    {
        var welcomes = await Task.WhenAll(names.Select(name => _nodes[name].WaitFor(line => line.Event == "welcome", "the welcome")));
        return Assert.Single(welcomes.Select(line => line.Text("room")!).Distinct());
    }

    private async Task AllHear(List<string> names, string text)
    {
        await _nodes[names[0]].Type($"{text}\n");
        await Task.WhenAll(names.Select(name => _nodes[name].WaitFor(line => line.Event == "said" && line.Text("text") == text, text)));
    }

    private Task<bool> IsHealthy(string name) => IsHealthy(name, "healthcheck", "run", Container(name));

    private async Task<bool> IsHealthy(string name, params string[] question)
    {
        Assert.False(_nodes[name].HasExited, _nodes[name].Report("has ended"));
        return (await _podman.Try(question)).Code == 0;
    }

    private async Task IsNobody(string name)
    {
        var status = await File.ReadAllTextAsync($"/proc/{await _podman.Do("inspect", Container(name), "--format", "{{.State.Pid}}")}/status");
        var user = User().Match(await File.ReadAllTextAsync(Dockerfile)).Groups["id"].Value;
        Assert.Matches($@"(?m)^Uid:\t{user}\t{user}\t{user}\t{user}$", status);
        Assert.Matches(@"(?m)^CapEff:\t0+$", status);
    }

    [GeneratedRegex(@"^FROM (?<name>\S+)", RegexOptions.Multiline)]
    private static partial Regex From();

    [GeneratedRegex(@"^USER (?<id>[1-9]\d*)$", RegexOptions.Multiline)]
    private static partial Regex User();

    [GeneratedRegex(@"--archive postgres:\S+")]
    private static partial Regex PostgresStore();
}
