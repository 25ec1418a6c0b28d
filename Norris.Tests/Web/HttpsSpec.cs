using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Norris.Actors.Devices;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Archive;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>The page over HTTPS: with a certificate that the device signs, or with a given one.</summary>
public sealed class HttpsSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeRoom _room = new();

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task A_browser_that_trusts_the_shown_fingerprint_reads_events_and_speaks_by_a_cookie_that_never_goes_without_encryption()
    {
        using var device = NewDevice();
        using var proof = PageCertificate.Of(device.CertifyServer, new WebOptions(IPAddress.Loopback, 0), TimeProvider.System);
        await using var web = await WebNode.Start(_room, with: o => o with { Certificate = proof }, asGuest: true);
        Assert.Equal("https", web.Server.Url.Scheme);
        using var guest = NewClient(web, proof.Fingerprint);
        using var entered = await guest.PostAsJsonAsync("/api/user", new { name = "carol" });
        Assert.Contains("secure", Assert.Single(entered.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.Contains("httponly", Assert.Single(entered.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.False(entered.Headers.Contains("Strict-Transport-Security"));
        using var said = await guest.PostAsJsonAsync("/api/messages", new { text = "over HTTPS" });
        Assert.Equal(HttpStatusCode.Accepted, said.StatusCode);
        var events = await guest.GetStringAsync("/api/events?follow=no");
        Assert.Contains("over HTTPS", events, StringComparison.Ordinal);
        using var opened = await guest.GetAsync(web.Server.NewLink());
        Assert.True(JsonElement.Parse(await guest.GetStringAsync("/api/room")).GetProperty("own").GetBoolean());
    }

    [Fact]
    public async Task Only_a_page_that_came_over_https_may_change_something_there()
    {
        using var device = NewDevice();
        using var proof = PageCertificate.Of(device.CertifyServer, new WebOptions(IPAddress.Loopback, 0), TimeProvider.System);
        await using var web = await WebNode.Start(_room, with: o => o with { Certificate = proof }, asGuest: true);
        using var guest = NewClient(web, proof.Fingerprint);
        foreach (var (scheme, status) in ((string, HttpStatusCode)[])[("http", HttpStatusCode.Forbidden), ("https", HttpStatusCode.Accepted)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/user") { Content = JsonContent.Create(new { name = "carol" }) };
            request.Headers.Add("Origin", $"{scheme}://127.0.0.1:{web.Server.Url.Port}");
            using var answer = await guest.SendAsync(request);
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public void The_devices_certificate_for_the_page_has_its_addresses_and_names_another_key_and_the_devices_signature()
    {
        using var device = NewDevice();
        var page = new WebOptions(IPAddress.Parse("192.168.1.7"), 8080) { Hosts = ["chat.example", "203.0.113.9"] };
        using var proof = PageCertificate.Of(device.CertifyServer, page, TimeProvider.System);
        using var another = PageCertificate.Of(device.CertifyServer, page, TimeProvider.System);
        var certificate = proof.Certificate;
        Assert.NotEqual(proof.Fingerprint, another.Fingerprint);
        Assert.Matches("^([0-9A-F]{2}:){31}[0-9A-F]{2}$", proof.Fingerprint);
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal([IPAddress.Parse("192.168.1.7"), IPAddress.Parse("203.0.113.9"), IPAddress.Loopback, IPAddress.IPv6Loopback], names.EnumerateIPAddresses());
        Assert.Equal(["localhost", Dns.GetHostName(), $"{Dns.GetHostName()}.local", "chat.example"], names.EnumerateDnsNames());
        Assert.False(certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(device.PublicKey.Span));
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(device.PublicKey.Span, out _);
        var toBeSigned = new System.Formats.Asn1.AsnReader(certificate.RawData, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        var signed = toBeSigned.ReadEncodedValue();
        toBeSigned.ReadEncodedValue();
        Assert.True(key.VerifyData(signed.Span, toBeSigned.ReadBitString(out _), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public async Task Tls_1_2_and_1_3_are_spoken_and_who_speaks_plain_http_gets_no_answer()
    {
        using var device = NewDevice();
        using var proof = PageCertificate.Of(device.CertifyServer, new WebOptions(IPAddress.Loopback, 0), TimeProvider.System);
        await using var web = await WebNode.Start(_room, with: o => o with { Certificate = proof }, asGuest: true);
        foreach (var version in (SslProtocols[])[SslProtocols.Tls12, SslProtocols.Tls13])
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, web.Server.Url.Port);
            await using var tls = new SslStream(tcp.GetStream(), false, (_, shown, _, _) => shown!.Equals(proof.Certificate));
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version });
            Assert.Equal(version, tls.SslProtocol);
        }

        using var plain = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{web.Server.Url.Port}") };
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_given_certificate_is_shown_from_one_file_or_from_two()
    {
        var (certificate, key) = Given(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var two = PageCertificate.Read(Write("cert.pem", certificate), Write("key.pem", key), TimeProvider.System);
        using var one = PageCertificate.Read(Write("both.pem", key + "\n" + certificate), null, TimeProvider.System);
        Assert.Equal(two.Fingerprint, one.Fingerprint);
        await using var web = await WebNode.Start(_room, with: o => o with { Certificate = two }, asGuest: true);
        using var client = NewClient(web, two.Fingerprint);
        Assert.Contains("connected", await client.GetStringAsync("/health/live"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none.pem", null, "there is no such file")]
    [InlineData("empty.pem", null, "there is no certificate in it")]
    [InlineData("damaged.pem", null, "is damaged")]
    [InlineData("cert.pem", null, "its private key is not in it; give the key's file with --web-cert-key")]
    [InlineData("cert.pem", "none.pem", "there is no such file")]
    [InlineData("cert.pem", "empty.pem", "there is no private key in it")]
    [InlineData("cert.pem", "other-key.pem", "another one than the certificate's")]
    [InlineData("cert.pem", "damaged-key.pem", "is damaged")]
    [InlineData("cert.pem", "locked-key.pem", "the key has a password; give one without")]
    [InlineData("over.pem", "key.pem", "the certificate is over since")]
    [InlineData("early.pem", "key.pem", "the certificate is not valid before")]
    [InlineData("large.pem", null, "too large")]
    public void A_certificate_that_is_of_no_use_is_refused_in_one_line_that_says_what_to_do(string file, string? keyFile, string reason)
    {
        var now = DateTimeOffset.UtcNow;
        var (certificate, key) = Given(now.AddDays(-1), now.AddDays(1));
        Write("cert.pem", certificate);
        Write("key.pem", key);
        Write("empty.pem", "nothing\n");
        Write("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Write("damaged-key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        Write("other-key.pem", Given(now, now.AddDays(1)).Key);
        Write("locked-key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        Write("over.pem", Given(now.AddDays(-2), now.AddDays(-1)).Certificate);
        Write("early.pem", Given(now.AddDays(1), now.AddDays(2)).Certificate);
        Write("large.pem", new string('x', 2 * 1024 * 1024));
        var refused = Assert.Throws<NodeStartException>(() => PageCertificate.Read(_folder.File(file), keyFile is null ? null : _folder.File(keyFile), TimeProvider.System));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains(keyFile is null || reason.StartsWith("the certificate", StringComparison.Ordinal) ? file : keyFile, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private Device NewDevice() => Device.Open(Path.Combine(Directory.CreateDirectory(_folder.File("device")).FullName, $"{Guid.NewGuid():n}", "device.pem"));

    private static HttpClient NewClient(WebNode web, string fingerprint) => new(new SocketsHttpHandler
    {
        CookieContainer = new CookieContainer(),
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString(HashAlgorithmName.SHA256) == fingerprint.Replace(":", "", StringComparison.Ordinal) },
    })
    { BaseAddress = web.Server.Url };

    private static (string Certificate, string Key) Given(DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=chat.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(from, until);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private string Write(string file, string text)
    {
        File.WriteAllText(_folder.File(file), text);
        return _folder.File(file);
    }
}
