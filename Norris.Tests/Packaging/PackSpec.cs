using System.Runtime.InteropServices;
using Norris.Lab.Processes;
using Norris.Tests.Architecture;
using Norris.Tests.Archive;
using Norris.Tests.Processes;

namespace Norris.Tests.Packaging;

/// <summary>The tarball and the package for Debian, of the native program where there is one (<c>NORRIS_PROGRAM</c>), else of a script that calls the program.</summary>
public sealed class PackSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task The_package_has_program_unit_completion_and_man_page_and_is_the_same_each_time()
    {
        Tool.Needs("bash", "tar", "dpkg-deb", "strip", "objdump");
        var packages = await Pack("first");
        Assert.All(packages.Zip(await Pack("second")), pair => Assert.Equal(File.ReadAllBytes(pair.First), File.ReadAllBytes(pair.Second)));

        var machine = RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "x86_64" : "aarch64";
        var (_, inTarball) = await Tool.Run("tar", "-tzf", packages[0]);
        Assert.Matches(@"/norris-\d+\.\d+\.\d+[-\w.]*-linux-\w+\.tar\.gz$", packages[0]);
        foreach (var file in new[] { "norris", "norris.service", "norris.default", "norris.bash", "norris.zsh", "norris.fish", "norris.1", "LICENSE", "README.md" })
        {
            Assert.Matches($@"(?m)^norris-[-\w.]+-linux-{machine}/{file}$", inTarball);
        }

        var (_, inPackage) = await Tool.Run("dpkg-deb", "--contents", packages[1]);
        Assert.Matches(@"(?m)^-rwxr-xr-x root/root .* \./usr/lib/norris/norris$", inPackage);
        Assert.Matches(@"(?m)^lrwxrwxrwx .* \./usr/bin/norris -> \.\./lib/norris/norris$", inPackage);
        foreach (var file in new[]
                 {
                     "usr/lib/systemd/system/norris.service", "etc/default/norris", "usr/share/bash-completion/completions/norris", "usr/share/zsh/vendor-completions/_norris",
                     "usr/share/fish/vendor_completions.d/norris.fish", "usr/share/man/man1/norris.1.gz", "usr/share/doc/norris/copyright",
                 })
        {
            Assert.Matches($@"(?m)^-rw-r--r-- root/root .* \./{file}$", inPackage);
        }

        var (_, about) = await Tool.Run("dpkg-deb", "--field", packages[1]);
        Assert.Matches(@"(?m)^Version: \d+\.\d+\.\d+(~[\w.]+)?$", about);
        Assert.Matches(@"(?m)^Depends: libc6 \(>= 2\.\d+\), ", about);
        Assert.Contains($"Architecture: {(machine == "x86_64" ? "amd64" : "arm64")}\n", about, StringComparison.Ordinal);
        await Tool.Run("dpkg-deb", "--extract", packages[1], _folder.File("extracted"));
        Assert.Contains("complete -F _norris norris", await File.ReadAllTextAsync(_folder.File("extracted/usr/share/bash-completion/completions/norris")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_program_for_arm64_is_packed_where_it_does_not_run()
    {
        Tool.Needs("bash", "tar", "dpkg-deb", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-strip", "aarch64-linux-gnu-objdump");
        var source = _folder.File("program.c");
        await File.WriteAllTextAsync(source, "int main(void) { return 0; }\n");
        var published = Directory.CreateDirectory(_folder.File("arm64")).FullName;
        var (compiled, trouble) = await Tool.Run("aarch64-linux-gnu-gcc", source, "-o", Path.Combine(published, "norris"));
        Assert.True(compiled == 0, trouble);
        await Tool.Run("aarch64-linux-gnu-gcc", "-shared", source, "-o", Path.Combine(published, "libtrue.so"));

        var packages = await Pack("out", published, StandIn());

        Assert.EndsWith("-linux-aarch64.tar.gz", packages[0], StringComparison.Ordinal);
        Assert.EndsWith("_arm64.deb", packages[1], StringComparison.Ordinal);
        var (_, about) = await Tool.Run("dpkg-deb", "--field", packages[1]);
        Assert.Contains("Architecture: arm64\n", about, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^Depends: libc6 \(>= 2\.\d+\), ", about);
        var (_, inPackage) = await Tool.Run("dpkg-deb", "--contents", packages[1]);
        Assert.Contains("./usr/lib/norris/libtrue.so\n", inPackage, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Lintian_finds_no_error()
    {
        Tool.Needs("bash", "tar", "dpkg-deb", "strip", "objdump", "lintian");
        var package = (await Pack("out"))[1];
        var (_, output) = await Tool.Run("lintian", "--allow-root", "--fail-on", "none", "--tag-display-limit", "0", package);
        Assert.DoesNotMatch(@"(?m)^E: ", output);
    }

    [SkippableFact]
    public async Task What_is_unpacked_is_good_for_a_chat()
    {
        Tool.Needs("bash", "tar", "dpkg-deb", "strip", "objdump");
        var packages = await Pack("out");
        await Tool.Run("dpkg-deb", "--extract", packages[1], _folder.File("installed"));
        await Tool.Run("tar", "-C", _folder.Path, "-xzf", packages[0]);
        var unpacked = Assert.Single(Directory.GetDirectories(_folder.Path, "norris-*"));
        await Chat.Works(_folder.File("installed/usr/bin/norris"), Path.Combine(unpacked, "norris"));
    }

    [SkippableFact]
    public async Task What_was_not_published_is_not_packed()
    {
        Tool.Needs("bash");
        var (code, output) = await Tool.Run(Script, _folder.Path);
        Assert.Equal(2, code);
        Assert.StartsWith("usage: pack FOLDER", output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete();

    private static string Script => Path.Combine(DocsSpec.Root, "Norris.Node", "Packaging", "pack");

    /// <summary>Gives the paths of what was made.</summary>
    private async Task<IReadOnlyList<string>> Pack(string to) => await Pack(to, Published());

    private async Task<IReadOnlyList<string>> Pack(string to, string published, params string[] norris)
    {
        var (code, output) = await Tool.Run(Script, [published, Directory.CreateDirectory(_folder.File(to)).FullName, .. norris]);
        Assert.True(code == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private string Published()
    {
        if (Environment.GetEnvironmentVariable("NORRIS_PROGRAM") is { Length: > 0 } native)
        {
            return Path.GetDirectoryName(native)!;
        }

        var published = Path.GetDirectoryName(StandIn())!;
        File.Copy("/bin/true", Path.Combine(published, "libtrue.so"), overwrite: true);
        return published;
    }

    /// <summary>The program that calls the real one.</summary>
    private string StandIn()
    {
        var program = Path.Combine(Directory.CreateDirectory(_folder.File("published")).FullName, "norris");
        File.WriteAllText(program, $"#!/bin/sh\nexec '{ChildProcess.ThisProgram[0]}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return program;
    }
}
