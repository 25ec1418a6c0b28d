using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Norris.Actors.Devices;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>
/// TLS 1.3 over a connection, with the certificates of both devices. The one question at both ends: is the digest of the key that the other has proven known? Nobody looks at
/// issuers, names, dates or lists of what was revoked. In TLS 1.3 who calls is through before the other has looked at its certificate: so it says nothing until it has got
/// the welcome, one byte.
/// </summary>
internal sealed class Tls(RoomSecurity security)
{
    private static readonly SslApplicationProtocol Nodes = new("norris-node/1");
    private static readonly SslApplicationProtocol Doors = new("norris-door/1");
    private static readonly byte[] Welcome = [1];

    private readonly SslStreamCertificateContext _own = SslStreamCertificateContext.Create(security.Device.Certificate, additionalCertificates: null, offline: true);

    private readonly CircleDoor _door = new(security, TimeProvider.System);

    public KnownDevices Known => security.Known;

    /// <summary>For who asks at a door.</summary>
    /// <param name="plain">The connection.</param>
    /// <param name="own">The device that asks.</param>
    /// <param name="mayBe">Whether the door may be this device.</param>
    /// <param name="cancel">Cancelled when it takes too long.</param>
    /// <returns>With the key that the door has proven to have.</returns>
    /// <exception cref="RefusedException">It may not, or is no door.</exception>
    public static async Task<(Stream Stream, ReadOnlyMemory<byte> Key)> CallDoor(Stream plain, Device own, Func<DeviceId, bool> mayBe, CancellationToken cancel)
    {
        var other = new Shown(mayBe);
        var stream = new SslStream(plain);
        try
        {
            await stream.AuthenticateAsClientAsync(
                Options(SslStreamCertificateContext.Create(own.Certificate, additionalCertificates: null, offline: true), Doors, other.IsKnown), cancel).ConfigureAwait(false);
            return stream.NegotiatedApplicationProtocol == Doors
                ? (stream, ((X509Certificate2)stream.RemoteCertificate!).PublicKey.ExportSubjectPublicKeyInfo())
                : throw new RefusedException("that is no room for certain devices: not connected");
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw WhyNot(e, other);
        }
    }

    /// <summary>For who has opened the connection.</summary>
    /// <exception cref="RefusedException">Nobody is there that is known, or it does not let this device in.</exception>
    public async Task<(Stream Stream, DeviceId Device)> Call(Stream plain, CancellationToken cancel)
    {
        var other = new Shown(Known.Contains);
        var stream = new SslStream(plain);
        try
        {
            await stream.AuthenticateAsClientAsync(
                Options(_own, Nodes, other.IsKnown), cancel).ConfigureAwait(false);
            CheckProtocol(stream);
            return await IsWelcome(stream, cancel).ConfigureAwait(false) ? (stream, other.Device!.Value) : throw new RefusedException("it has not let this device in: not connected");
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw WhyNot(e, other);
        }
    }

    /// <summary>For who has been called.</summary>
    /// <exception cref="RefusedException">Who calls is not known, or no node.</exception>
    /// <exception cref="AnsweredException">It has asked at the door, and has its answer.</exception>
    /// <exception cref="IOException">It has gone by itself.</exception>
    public async Task<(Stream Stream, DeviceId Device)> Answer(Stream plain, CancellationToken cancel)
    {
        var other = new Shown(Known.Contains);
        var stream = new SslStream(plain);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ApplicationProtocols = security.Circle is null ? [Nodes] : [Nodes, Doors],
                    ServerCertificateContext = _own,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    AllowTlsResume = false,
                    CertificateChainPolicy = NoChain(),
                    RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
                        other.IsKnown(sender, certificate, chain, errors) || (IsForDoor((SslStream)sender) && certificate is not null),
                },
                cancel).ConfigureAwait(false);
            if (IsForDoor(stream))
            {
                await _door.Serve(stream, ((X509Certificate2)stream.RemoteCertificate!).PublicKey.ExportSubjectPublicKeyInfo(), cancel).ConfigureAwait(false);
                await stream.ShutdownAsync().ConfigureAwait(false);
                throw new AnsweredException();
            }

            CheckProtocol(stream);
            await stream.WriteAsync(Welcome, cancel).ConfigureAwait(false);
            return (stream, other.Device!.Value);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                RefusedException or AnsweredException or OperationCanceledException or ObjectDisposedException or IOException => e,
                _ when other.IsForeign => new RefusedException("its device is not one of yours") { Shown = other.Device },
                _ when other.IsNobody => new RefusedException("it does not show a device's certificate"),
                AuthenticationException { InnerException: null } => new RefusedException("it does not speak TLS, as the nodes of this room do"),
                _ => new RefusedException("it does not speak TLS 1.3 as nodes do"),
            };
        }
    }

    private static bool IsForDoor(SslStream stream) => stream.NegotiatedApplicationProtocol == Doors;

    private static SslClientAuthenticationOptions Options(SslStreamCertificateContext own, SslApplicationProtocol protocol, RemoteCertificateValidationCallback isKnown) => new()
    {
        TargetHost = "",
        ApplicationProtocols = [protocol],
        ClientCertificateContext = own,
        EnabledSslProtocols = SslProtocols.Tls13,
        AllowTlsResume = false,
        CertificateChainPolicy = NoChain(),
        RemoteCertificateValidationCallback = isKnown,
    };

    private static Exception WhyNot(Exception e, Shown other) => e switch
    {
        RefusedException or OperationCanceledException => e,
        IOException or ObjectDisposedException => new RefusedException("it has closed the connection in the TLS handshake"),
        _ when other.IsForeign => new RefusedException("it answers as a device that is not one of yours: not connected") { Shown = other.Device },
        AuthenticationException { InnerException: null } => new RefusedException("that room is not encrypted: not connected"),
        _ => new RefusedException("it does not speak TLS 1.3 as nodes do: not connected"),
    };

    /// <summary>Who is not closes the connection, without a word.</summary>
    private static async Task<bool> IsWelcome(SslStream stream, CancellationToken cancel)
    {
        try
        {
            return await stream.ReadAsync(new byte[Welcome.Length], cancel).ConfigureAwait(false) == Welcome.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void CheckProtocol(SslStream stream)
    {
        if (stream.NegotiatedApplicationProtocol != Nodes)
        {
            throw new RefusedException("it speaks TLS, but not as nodes do");
        }
    }

    /// <summary>A chain is built all the same: without asking anybody, whatever addresses a stranger's certificate names, and without the system's list of authorities.</summary>
    private static X509ChainPolicy NoChain() => new()
    {
        DisableCertificateDownloads = true,
        RevocationMode = X509RevocationMode.NoCheck,
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        VerificationFlags = X509VerificationFlags.AllFlags,
    };

    /// <summary>What the other end shows. That it has the key to it is proven where the handshake succeeds.</summary>
    private sealed class Shown(Func<DeviceId, bool> isKnown)
    {
        public DeviceId? Device { get; private set; }

        public bool IsForeign { get; private set; }

        public bool IsNobody { get; private set; }

        public bool IsKnown(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            Device = certificate is X509Certificate2 shown ? IdOf(shown) : null;
            IsNobody = certificate is null;
            IsForeign = !IsNobody && !(Device is { } device && isKnown(device));
            return !IsNobody && !IsForeign;
        }

        private static DeviceId? IdOf(X509Certificate2 certificate)
        {
            try
            {
                return Devices.Device.IdOf(certificate);
            }
            catch (CryptographicException)
            {
                return null;
            }
        }
    }
}

/// <summary>Whoever has called has asked at the door, and has its answer: there is nothing more to do.</summary>
internal sealed class AnsweredException : Exception;

/// <summary>A connection is not to be; the message is why, of fixed words: it may stand in a log.</summary>
internal sealed class RefusedException(string why) : Exception(why)
{
    /// <summary>The device that the other has shown, where that is why.</summary>
    public DeviceId? Shown { get; init; }

    /// <summary>Whether the other waits for a word.</summary>
    public bool ExpectsAkka { get; init; }
}
