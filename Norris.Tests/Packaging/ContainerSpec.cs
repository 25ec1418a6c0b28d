using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Norris.Tests.Architecture;
using Norris.Tests.Archive;
using Norris.Tests.Processes;
using Xunit.Abstractions;

namespace Norris.Tests.Packaging;

/// <summary>
/// The image that the Dockerfile makes, with the native program. The images that it begins with are stand-ins behind the real names, made of this machine's own files; the SDK's
/// gives the program that is there already. They lie in a store of the test's own.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed partial class ContainerSpec(ITestOutputHelper output) : IAsyncLifetime
{
    private const int LargestImage = 130_000_000;
    private static readonly string Dockerfile = Path.Combine(DocsSpec.Root, "Norris.Node", "Packaging", "Dockerfile");

    // Not what podman asks for by itself, which not every machine may give.
    private static readonly string[] Limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];
    private static readonly string[] Nodes = ["a", "b", "c"];

    private readonly TemporaryFolder _folder = new();
    private readonly string _network = $"norris-spec-{Environment.ProcessId}";
    private readonly Dictionary<string, NorrisProcess> _running = [];

    [SkippableFact]
    public async Task Three_nodes_of_the_image_chat_and_go_on_when_the_hosts_container_is_killed()
    {
        var native = Environment.GetEnvironmentVariable("NORRIS_PROGRAM");
        Skip.If(string.IsNullOrEmpty(native), "needs the native program, which NORRIS_PROGRAM names");
        Tool.Needs("podman", "runc", "tar", "ldd");
        await StandIn("sdk:10.0-noble", fs => Sdk(fs, Path.GetDirectoryName(native)!));
        await StandIn("runtime-deps:10.0-noble-chiseled-extra", fs => RuntimeDeps(fs, native!));
        var address = await Network();

        await Podman(["build", .. Limits, "--network", "none", "--format", "docker", "-t", "norris", "-f", Dockerfile, DocsSpec.Root]);
        var about = (await Podman("image", "inspect", "norris", "--format", "{{.Size}} {{.Config.User}}")).Split(' ');
        var size = long.Parse(about[0], CultureInfo.InvariantCulture);
        Assert.InRange(size, 1, LargestImage);
        var user = int.Parse(about[1], CultureInfo.InvariantCulture);
        Assert.NotEqual(0, user);

        foreach (var node in Nodes)
        {
            _running[node] = Up(node, address);
        }

        foreach (var node in Nodes)
        {
            await _running[node].WaitFor(line => line.Event == "welcome", "the welcome");
        }

        await Sees(await Says("a", "tea is ready"), Nodes);
        foreach (var node in Nodes)
        {
            await Eventually.Holds(() => IsHealthy(node), NorrisProcess.Patience);
            var process = await Podman("container", "inspect", Name(node), "--format", "{{.State.Pid}}");
            Assert.Matches($@"(?m)^Uid:\s+{user}\s+{user}\s+{user}\s", await File.ReadAllTextAsync($"/proc/{process}/status"));
        }

        var welcome = _running["b"].Lines.First(line => line.Event == "welcome");
        var host = Nodes.Single(node => welcome.Text("host")!.StartsWith($"{node}:", StringComparison.Ordinal));
        var left = Nodes.Where(node => node != host).ToList();
        var began = Stopwatch.GetTimestamp();
        await Podman("kill", Name(host));
        await Sees(await Says(left[0], "and now without the host"), left);
        output.WriteLine($"image: {size / 1e6:0.0} MB; from the kill to what is said after it: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
        foreach (var node in left)
        {
            await Eventually.Holds(() => IsHealthy(node), NorrisProcess.Patience);
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (Directory.Exists(_folder.File("store")))
        {
            await Run("rm", "--all", "--force", "--time", "0");
            await Run("network", "rm", "--force", _network);
            // It is mounted onto itself while containers run.
            await Tool.Run("umount", "--quiet", _folder.File("store/overlay"));
        }

        foreach (var node in _running.Values)
        {
            await node.DisposeAsync();
        }

        _folder.Delete();
    }

    private static string Name(string node) => $"norris-spec-{node}";

    private async Task<string> Says(string node, string text)
    {
        await _running[node].Type($"{text}\n");
        return text;
    }

    private async Task Sees(string text, IEnumerable<string> nodes)
    {
        foreach (var node in nodes)
        {
            await _running[node].WaitFor(line => line.Event == "said" && line.Text("text") == text, $"what was said: {text}");
        }
    }

    private async Task<bool> IsHealthy(string node) => (await Run("healthcheck", "run", Name(node))).Code == 0;

    /// <summary>As the compose file has it, and with stdin.</summary>
    private NorrisProcess Up(string node, Func<string, string> address) => NorrisProcess.Shell(string.Join(' ', [
        "exec", .. Command, "run", "--interactive", "--rm", "--name", Name(node), .. Limits, "--network", _network, "--ip", address(node),
        .. Nodes.Select(other => $"--add-host {other}:{address(other)}"), "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--volume", "/var/lib/norris",
        "norris", "up", .. Nodes, "--bind", "0.0.0.0", "--advertise", node, "--name", node, "--ui", "json", "--stay", "--web", "8080",
    ]));

    private string[] Command => ["podman", "--root", _folder.File("store"), "--runroot", _folder.File("run"), "--runtime", "runc"];

    private Task<(int Code, string Output)> Run(params string[] arguments) => Tool.Run(Command[0], [.. Command[1..], .. arguments]);

    private async Task<string> Podman(params string[] arguments)
    {
        var (code, said) = await Run(arguments);
        Assert.True(code == 0, $"podman {string.Join(' ', arguments)}: {said}");
        return said.Trim();
    }

    /// <summary>Skips the test where no container can be started at all. Gives the address of each node.</summary>
    private async Task<Func<string, string>> Network()
    {
        var (code, said) = await Run("network", "create", _network);
        if (code == 0)
        {
            (code, said) = await Run(["run", "--rm", .. Limits, "--network", _network, "mcr.microsoft.com/dotnet/sdk:10.0-noble", "/bin/sh", "-c", ":"]);
        }

        Skip.IfNot(code == 0, $"podman can start no container here: {said.Trim()}");
        var subnet = Subnet().Match(await Podman("network", "inspect", _network));
        return node => $"{subnet.Groups["begin"].Value}.{10 + Array.IndexOf(Nodes, node)}";
    }

    /// <summary>Makes an image of a folder that is filled, under one of the names in the Dockerfile.</summary>
    private async Task StandIn(string image, Func<string, Task> fill)
    {
        Assert.Contains($"FROM mcr.microsoft.com/dotnet/{image}", await File.ReadAllTextAsync(Dockerfile), StringComparison.Ordinal);
        var folder = Directory.CreateDirectory(_folder.File(image.Split(':')[0])).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        await fill(folder);
        await Tool.Run("tar", "-C", folder, "-cf", $"{folder}.tar", ".");
        await Podman("import", $"{folder}.tar", $"mcr.microsoft.com/dotnet/{image}");
    }

    /// <summary>A shell, and in place of the SDK what has been published already.</summary>
    private static async Task Sdk(string root, string published)
    {
        string[] programs = ["sh", "mkdir", "cp", "ln", "rm"];
        await Copy(root, [.. programs.Select(program => $"/bin/{program}")]);
        foreach (var file in Directory.GetFiles(published).Where(file => Path.GetFileName(file) == "norris" || file.EndsWith(".so", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(Directory.CreateDirectory(Path.Combine(root, "given")).FullName, Path.GetFileName(file)));
        }

        await Script(root, "apt-get", ":");
        await Script(root, "dotnet", """while [ "$1" != -o ]; do shift; done; mkdir -p "$2" && cp /given/* "$2" """);
    }

    /// <summary>What the native program is linked with, and what it opens: OpenSSL and ICU.</summary>
    private static async Task RuntimeDeps(string root, string native)
    {
        var (_, known) = await Tool.Run("/sbin/ldconfig", "-p");
        var opened = Opened().Matches(known).Select(m => m.Groups["path"].Value).ToArray();
        await Copy(root, opened, [native, .. opened]);
    }

    private static async Task Script(string root, string name, string line)
    {
        var file = Path.Combine(root, "bin", name);
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n{line}\n");
        await Tool.Run("chmod", "755", file);
    }

    private static Task Copy(string root, string[] files) => Copy(root, files, files);

    /// <summary>Copies files to where they are here, and with them the libraries that <paramref name="linked"/> ask for.</summary>
    private static async Task Copy(string root, string[] files, string[] linked)
    {
        var libraries = Linked().Matches((await Tool.Run("ldd", linked)).Output).Select(m => m.Groups["path"].Value);
        foreach (var file in files.Concat(libraries).Distinct())
        {
            var to = root + file;
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to, overwrite: true);
        }
    }

    [GeneratedRegex(@"(?m)(=> |^\t)(?<path>/\S+) \(0x")]
    private static partial Regex Linked();

    [GeneratedRegex(@"(?m)^\tlib(ssl|crypto|icuuc|icui18n|icudata)\.so\.\d+ .* => (?<path>/\S+)$")]
    private static partial Regex Opened();

    [GeneratedRegex(@"""subnet"": ""(?<begin>\d+\.\d+\.\d+)\.0/24""")]
    private static partial Regex Subnet();
}
