using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>What the page proves itself with to browsers: a certificate with its key, and those that lead to its authority.</summary>
public sealed class PageCertificate : IDisposable
{
    /// <summary>In bytes; a chain of certificates is far smaller.</summary>
    private const int LargestFile = 1024 * 1024;

    /// <summary>Some browsers take none that lasts longer. Each start makes another one.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromDays(825);

    /// <summary>A browser's clock may be behind.</summary>
    private static readonly TimeSpan BeganBefore = TimeSpan.FromDays(1);

    private PageCertificate(X509Certificate2 certificate, X509Certificate2Collection chain) => (Certificate, Chain) = (certificate, chain);

    /// <summary>As a browser's view of a certificate shows it: SHA-256, in pairs of hex digits.</summary>
    public string Fingerprint => string.Join(':', Certificate.GetCertHash(HashAlgorithmName.SHA256).Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));

    internal X509Certificate2 Certificate { get; }

    internal X509Certificate2Collection Chain { get; }

    /// <summary>One that is made for where the page is served. It is kept nowhere.</summary>
    /// <param name="certify">Makes it, of addresses and names, and from when until when it holds.</param>
    public static PageCertificate Of(Func<IEnumerable<IPAddress>, IEnumerable<string>, DateTimeOffset, DateTimeOffset, X509Certificate2> certify, WebOptions page, TimeProvider time)
    {
        var now = time.GetUtcNow();
        IEnumerable<IPAddress> addresses = page.IsEverywhere ? WebServer.OwnAddresses(page.Address.AddressFamily) : [page.Address];
        var named = WebSafety.NamesOf(page).ToLookup(name => IPAddress.TryParse(name, out _));
        return new(certify([.. addresses, .. named[true].Select(IPAddress.Parse), IPAddress.Loopback, IPAddress.IPv6Loopback], named[false], now - BeganBefore, now + Lasts), []);
    }

    /// <summary>One that somebody else has made.</summary>
    /// <param name="file">PEM: the certificate first, then those that lead to its authority.</param>
    /// <param name="keyFile">PEM: its key; null: that is in the same file.</param>
    /// <exception cref="NodeStartException">It is of no use, and why.</exception>
    public static PageCertificate Read(string file, string? keyFile, TimeProvider time)
    {
        var pem = Text("--web-cert", file);
        var keyPem = keyFile is null ? pem : Text("--web-cert-key", keyFile);
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw new NodeStartException($"--web-cert {file}: the certificate in it is damaged");
        }

        if (all.Count == 0)
        {
            throw new NodeStartException($"--web-cert {file}: there is no certificate in it; it has to be PEM, with a line BEGIN CERTIFICATE");
        }

        if (!keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new NodeStartException(keyFile is null ? $"--web-cert {file}: its private key is not in it; give the key's file with --web-cert-key" : $"--web-cert-key {keyFile}: there is no private key in it; it has to be PEM");
        }

        if (keyPem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new NodeStartException($"{(keyFile is null ? "--web-cert" : "--web-cert-key")} {keyFile ?? file}: the key has a password; give one without, as 'openssl pkey -in {keyFile ?? file} -out FILE' writes it");
        }

        var (from, until) = (all[0].NotBefore, all[0].NotAfter);
        var now = time.GetUtcNow();
        if (now > until || now < from)
        {
            throw new NodeStartException($"--web-cert {file}: the certificate is {(now > until ? "over since" : "not valid before")} {(now > until ? until : from).ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture)}; give another one{(now > until ? "" : ", or set this machine's clock")}");
        }

        try
        {
            all[0].Dispose();
            all.RemoveAt(0);
            return new(Usable(X509Certificate2.CreateFromPem(pem, keyPem)), all);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new NodeStartException($"--web-cert {file}: the key in {keyFile ?? file} is damaged, or another one than the certificate's");
        }
    }

    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var more in Chain)
        {
            more.Dispose();
        }
    }

    private static string Text(string option, string file)
    {
        try
        {
            return !File.Exists(file) ? throw new NodeStartException($"{option} {file}: there is no such file")
                : new FileInfo(file).Length > LargestFile ? throw new NodeStartException($"{option} {file}: this is no certificate and no key, it is too large")
                : File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"{option} {file}: it cannot be read ({e.Message})", e);
        }
    }

    /// <summary>On Windows TLS takes no key that is in this process's memory alone.</summary>
    private static X509Certificate2 Usable(X509Certificate2 whole)
    {
        if (!OperatingSystem.IsWindows())
        {
            return whole;
        }

        using (whole)
        {
            return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null);
        }
    }
}
