using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>
/// An installation, as others know it: a key on P-256, and a certificate that it has signed itself. Both are made at the first start, kept in one file, and never
/// copied: whoever has the file is this device.
/// </summary>
public sealed class Device : IDisposable
{
    /// <summary>In bytes; one of ours is far smaller.</summary>
    private const int LargestFile = 64 * 1024;

    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private const int SerialLength = 16;

    /// <summary>What a server's certificate is for (RFC 5280, 4.2.1.12).</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>The curve P-256, as a public key names it.</summary>
    private static readonly byte[] Curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

    /// <summary>A certificate has to have dates. Nobody looks at them.</summary>
    private static readonly DateTimeOffset From = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    private readonly ECDsa _key;

    private Device(X509Certificate2 certificate, byte[] key) => (Certificate, PublicKey, Id, _key) = (certificate, key, DeviceId.Of(key), certificate.GetECDsaPrivateKey()!);

    /// <summary>By which others know it.</summary>
    public DeviceId Id { get; }

    /// <summary>The key that others check its signatures by: a SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>With its key.</summary>
    internal X509Certificate2 Certificate { get; }

    /// <summary>The device in a file (PEM); where there is none, one is made, with its folder. Only the owner may read the file and write in its folder.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DeviceException">It cannot be read or made, is none, or others may read it.</exception>
    public static Device Open(string path)
    {
        path = Path.GetFullPath(path);
        return Read(path) ?? Make(path);
    }

    /// <summary>Signs as the records of a circle are signed (<see cref="DeviceSignature"/>).</summary>
    /// <param name="what">What is signed.</param>
    public ReadOnlyMemory<byte> Sign(ReadOnlyMemory<byte> what)
    {
        lock (_key)
        {
            return DeviceSignature.By(_key, what.Span);
        }
    }

    /// <summary>
    /// A certificate for a server of this device's that is no node, as a page for browsers is: of a key that is drawn for it, signed with this device's. It is written nowhere.
    /// </summary>
    /// <param name="addresses">By which it is called.</param>
    /// <param name="names">Likewise.</param>
    /// <param name="from">From when it holds.</param>
    /// <param name="until">Until when.</param>
    public X509Certificate2 CertifyServer(IEnumerable<IPAddress> addresses, IEnumerable<string> names, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Id.Beginning} page", key, HashAlgorithmName.SHA256);
        var called = new SubjectAlternativeNameBuilder();
        foreach (var address in addresses.Distinct())
        {
            called.AddIpAddress(address);
        }

        foreach (var name in names.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            called.AddDnsName(name);
        }

        request.CertificateExtensions.Add(called.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        lock (_key)
        {
            using var certificate = request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, until, RandomNumberGenerator.GetBytes(SerialLength));
            return WithKey(certificate, key);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    /// <summary>The SubjectPublicKeyInfo in a certificate, whoever made it; null: no device has such a key.</summary>
    internal static byte[]? KeyOf(X509Certificate2 certificate)
    {
        try
        {
            var key = certificate.PublicKey.ExportSubjectPublicKeyInfo();
            return key.Length == Admission.KeyLength && (certificate.PublicKey.EncodedParameters?.RawData ?? []).AsSpan().SequenceEqual(Curve) ? key : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Null: there is none.</summary>
    private static Device? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            CheckModes(path, file);
            if (!file.CanSeek || file.Length > LargestFile)
            {
                throw new DeviceException($"{path} is no device: it has neither a key nor a certificate of Norris");
            }

            using var reader = new StreamReader(file);
            return Parse(path, reader.ReadToEnd());
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceException($"the device {path} cannot be read: {e.Message}");
        }
    }

    private static void CheckModes(string path, FileStream file)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        if ((File.GetUnixFileMode(file.SafeFileHandle) & ~OwnFiles.Folder) != 0)
        {
            throw new DeviceException($"others than its owner may use the device {path}: chmod 600 {path}");
        }

        CheckFolder(path);
    }

    private static void CheckFolder(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & OthersWrite) != 0)
        {
            throw new DeviceException($"others than its owner may write in the folder of the device {path}: let nobody else write in {folder}, or have the profile in a folder of its own");
        }
    }

    private static Device Parse(string path, string pem)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            using var certificate = X509Certificate2.CreateFromPem(pem);
            if (!certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                throw new DeviceException($"the key and the certificate in {path} do not belong together");
            }

            return KeyOf(certificate) is { } itsKey ? new Device(WithKey(certificate, key), itsKey) : throw new DeviceException($"the key in {path} is not on the curve P-256");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new DeviceException($"{path} is damaged, or no device: it does not hold one private key and its certificate");
        }
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, ECDsa key)
    {
        var whole = certificate.CopyWithPrivateKey(key);
        if (!OperatingSystem.IsWindows())
        {
            return whole;
        }

        // TLS takes no key there that is in this process's memory alone.
        using (whole)
        {
            return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    private static Device Make(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var beside = Path.Combine(folder, $"{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        try
        {
            OwnFiles.MakeFolder(folder);
            CheckFolder(path);
            try
            {
                OwnFiles.Write(beside, System.Text.Encoding.ASCII.GetBytes(Draw()));
                OwnFiles.MoveToNew(beside, path);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Two have started at once: one device is kept, and both are it.
            }
            finally
            {
                File.Delete(beside);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceException($"the device {path} cannot be made: {e.Message}");
        }

        return Read(path) ?? throw new DeviceException($"the device {path} cannot be made: it has vanished");
    }

    private static string Draw()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={DeviceId.Of(key.ExportSubjectPublicKeyInfo()).Beginning}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(From, Until);
        return $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n";
    }
}
