using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Norris.Actors.Devices;
using Norris.Core.Room;
using Norris.Lab.Processes;

namespace Norris.Tests.Devices;

public sealed class DeviceSpec : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("norris-device-").FullName;

    private string File => Path.Combine(_folder, "own", "device.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_device_is_made_at_the_first_start_and_the_same_at_the_next()
    {
        using var first = Device.Open(File);
        using var second = Device.Open(File);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Id, DeviceId.Of(second.Certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        Assert.True(second.Certificate.HasPrivateKey);
        Assert.Equal(256, second.Certificate.GetECDsaPrivateKey()!.KeySize);
        Assert.Equal([File], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(File)!));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Its_file_and_folder_are_its_owners_alone()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes");
        using var device = Device.Open(File);

        Assert.Equal(Owner, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(Owner | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public async Task Who_start_at_once_are_one_device()
    {
        using var together = new Barrier(8);
        var devices = await Task.WhenAll(Enumerable.Range(0, together.ParticipantCount).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return Device.Open(File);
            },
            TaskCreationOptions.LongRunning)));

        Assert.Single(devices.Select(d => d.Id).Distinct());
        Assert.Equal([File], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(File)!));
        Array.ForEach(devices, d => d.Dispose());
    }

    [SkippableTheory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [UnsupportedOSPlatform("windows")]
    public void What_others_may_use_is_refused(UnixFileMode others)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes");
        Device.Open(File).Dispose();

        System.IO.File.SetUnixFileMode(File, Owner | others);

        Assert.Equal($"others than its owner may use the device {File}: chmod 600 {File}", WhyNot());
        System.IO.File.SetUnixFileMode(File, Owner);
        Device.Open(File).Dispose();
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_in_which_others_may_write_is_refused()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes");
        Device.Open(File).Dispose();
        var folder = Path.GetDirectoryName(File)!;

        System.IO.File.SetUnixFileMode(folder, Owner | UnixFileMode.UserExecute | UnixFileMode.GroupWrite);

        Assert.Equal($"others than its owner may write in the folder of the device {File}: let nobody else write in {folder}, or have the profile in a folder of its own", WhyNot());
    }

    [Fact]
    public void A_key_and_a_certificate_of_two_devices_are_refused()
    {
        Device.Open(File).Dispose();
        var other = Path.Combine(_folder, "own", "other.pem");
        Device.Open(other).Dispose();
        const string Certificate = "-----BEGIN CERTIFICATE-----";

        Rewrite(own => own.Split(Certificate)[0] + Certificate + System.IO.File.ReadAllText(other).Split(Certificate)[1]);

        Assert.Equal($"the key and the certificate in {File} do not belong together", WhyNot());
    }

    [Fact]
    public void A_key_on_another_curve_is_refused()
    {
        Device.Open(File).Dispose();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));

        Rewrite(_ => $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}");

        Assert.Equal($"the key in {File} is not on the curve P-256", WhyNot());
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("something else")]
    [InlineData("half")]
    [InlineData("no key")]
    [InlineData("no certificate")]
    [InlineData("two keys")]
    [InlineData("a key of RSA")]
    [InlineData("a letter changed")]
    public void What_is_damaged_is_refused_and_stays_as_it_is(string how)
    {
        Device.Open(File).Dispose();
        using var rsa = RSA.Create(2048);
        Rewrite(own => how switch
        {
            "nothing" => "",
            "something else" => "{ \"name\": \"ada\" }",
            "half" => own[..(own.Length / 2)],
            "no key" => own[own.IndexOf("-----BEGIN CERTIFICATE", StringComparison.Ordinal)..],
            "no certificate" => own[..own.IndexOf("-----BEGIN CERTIFICATE", StringComparison.Ordinal)],
            "two keys" => own + own,
            "a key of RSA" => rsa.ExportPkcs8PrivateKeyPem() + own[own.IndexOf("\n-----BEGIN CERTIFICATE", StringComparison.Ordinal)..],
            _ => own[..40] + (own[40] == 'A' ? 'B' : 'A') + own[41..],
        });
        var before = System.IO.File.ReadAllText(File);

        Assert.Equal($"{File} is damaged, or no device: it does not hold one private key and its certificate", WhyNot());
        Assert.Equal(before, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void What_is_far_too_large_is_not_read()
    {
        Device.Open(File).Dispose();
        Rewrite(own => own + new string('\n', 1 << 20));

        Assert.StartsWith($"{File} is no device", WhyNot());
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        Directory.CreateDirectory(File);

        Assert.StartsWith($"the device {File} cannot be read: ", WhyNot());
    }

    [Fact]
    public void Where_no_device_can_be_made_that_is_said_and_nothing_is_left()
    {
        var blocked = Path.Combine(_folder, "file");
        System.IO.File.WriteAllText(blocked, "");

        var why = Assert.Throws<DeviceException>(() => Device.Open(Path.Combine(blocked, "device.pem"))).Message;

        Assert.StartsWith($"the device {Path.Combine(blocked, "device.pem")} cannot be ", why);
        Assert.DoesNotContain('\n', why);
        Assert.Equal([blocked], Directory.EnumerateFileSystemEntries(_folder));
    }

    [SkippableTheory]
    [InlineData("ro")]
    [InlineData("size=8k")]
    public async Task A_read_only_folder_and_a_full_disk_leave_nothing_half(string mount)
    {
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(File)!).FullName;
        Skip.IfNot(OperatingSystem.IsLinux() && await Mount("-t", "tmpfs", "-o", $"{mount},mode=700", "tmpfs", folder), "needs Linux and the right to mount");
        try
        {
            if (mount != "ro")
            {
                await System.IO.File.WriteAllBytesAsync(Path.Combine(folder, "other"), new byte[8 * 1024]);
            }

            var before = Directory.GetFileSystemEntries(folder);
            Assert.StartsWith($"the device {File} cannot be made: ", WhyNot());
            Assert.Equal(before, Directory.GetFileSystemEntries(folder));

            Array.ForEach(before, System.IO.File.Delete);
            Assert.True(await Mount("-o", "remount,rw", folder));
            Device.Open(File).Dispose();
        }
        finally
        {
            await SystemProgram.Run(["umount", folder]);
        }

        static async Task<bool> Mount(params string[] how) => (await SystemProgram.Run(["mount", .. how])).Code == 0;
    }

    private string WhyNot()
    {
        var why = Assert.Throws<DeviceException>(() => Device.Open(File)).Message;
        Assert.DoesNotContain('\n', why);
        return why;
    }

    private void Rewrite(Func<string, string> change) => System.IO.File.WriteAllText(File, change(System.IO.File.ReadAllText(File)));
}
