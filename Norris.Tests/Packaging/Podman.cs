using System.Formats.Tar;
using Norris.Lab.Processes;
using Norris.Tests.Archive;

namespace Norris.Tests.Packaging;

/// <summary>podman with images, containers and networks of its own, which are gone with it.</summary>
internal sealed class Podman : IAsyncDisposable
{
    // Less than its own, which not every machine allows to ask for.
    private static readonly string[] Limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _command;

    /// <remarks>It asks for the health of a container when it is told to, not when systemd says so.</remarks>
    private Podman() => _command =
    [
        "env", "DISABLE_HC_SYSTEMD=true", "podman", "--root", _folder.File("images"), "--runroot", _folder.File("running"), "--network-config-dir", _folder.File("networks"),
        "--cgroup-manager", "cgroupfs",
    ];

    public static Podman Open() => new();

    /// <summary>Runs a shell in a container of a folder's files, and gives why that does not go here; null: it does.</summary>
    public async Task<string?> WhyNot(string folder, string network)
    {
        var (code, _, errors) = await Try(["run", "--rm", .. Limits, "--network", network, "--rootfs", folder, "/bin/sh", "-c", ":"]);
        return code == 0 ? null : errors.Trim().Split('\n')[^1];
    }

    /// <summary>Makes an image of the files in a folder, under any name.</summary>
    public async Task Import(string folder, string name)
    {
        var tar = _folder.File("image.tar");
        await TarFile.CreateFromDirectoryAsync(folder, tar, includeBaseDirectory: false);
        await Do("import", tar, name);
        File.Delete(tar);
    }

    /// <summary>Builds an image, of others that are there.</summary>
    public Task Build(string dockerfile, string context, string name) =>
        Do(["build", "--pull=never", "--network", "none", .. Limits, "--format", "docker", "-t", name, "-f", dockerfile, context]);

    /// <summary>Makes a network, which goes nowhere else, and gives what its addresses begin with.</summary>
    public async Task<string> Network(string name)
    {
        await Do("network", "create", "--internal", name);
        var subnet = await Do("network", "inspect", name, "--format", "{{(index .Subnets 0).Subnet}}");
        return subnet[..(subnet.LastIndexOf('.') + 1)];
    }

    /// <summary>The command that runs a container in sight, in place of one that had its name, and is done when that is.</summary>
    public IReadOnlyList<string> RunCommand(params IEnumerable<string> arguments) => [.. _command, "run", "--replace", "--interactive", .. Limits, .. arguments];

    /// <summary>Gives what it says; it has to succeed.</summary>
    public async Task<string> Do(params string[] arguments)
    {
        var (code, output, errors) = await Try(arguments);
        Assert.True(code == 0, $"podman {string.Join(' ', arguments)}: {output}{errors}");
        return output.Trim();
    }

    public Task<(int Code, string Output, string Errors)> Try(params string[] arguments) => SystemProgram.Run([.. _command, .. arguments]).WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder.File("images")))
        {
            // One that is about to end by itself is refused.
            await Eventually.Holds(async () => (await Try("rm", "--all", "--force", "--time", "0")).Code == 0, Patience);
            await Do("network", "prune", "--force");
        }

        _folder.Delete();
    }
}
