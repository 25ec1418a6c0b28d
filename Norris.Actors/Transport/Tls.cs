using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Norris.Actors.Devices;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>
/// TLS 1.3 over a connection, with the certificates of both devices. The one question at both ends: is the digest of the key that the other has proven known? Nobody looks at
/// issuers, names, dates or lists of what was revoked. In TLS 1.3 who calls is through before the other has looked at its certificate: so it says nothing until it has got
/// the welcome, one byte. At a door, where there is one, any device is answered.
/// </summary>
internal sealed class Tls(RoomSecurity security)
{
    private static readonly SslApplicationProtocol Nodes = new("norris-node/1");
    private static readonly SslApplicationProtocol Doors = new("norris-door/1");
    private static readonly byte[] Welcome = [1];

    private readonly SslStreamCertificateContext _own = ContextOf(security.Device);

    public KnownDevices Known => security.Known;

    /// <summary>For who has opened the connection.</summary>
    /// <exception cref="RefusedException">Nobody is there that is known, or it does not let this device in.</exception>
    public async Task<(Stream Stream, DeviceId Device)> Call(Stream plain, CancellationToken cancel)
    {
        var (stream, key) = await Call(plain, _own, Nodes, Known.Contains, cancel).ConfigureAwait(false);
        try
        {
            return await IsWelcome(stream, cancel).ConfigureAwait(false) ? (stream, DeviceId.Of(key)) : throw new RefusedException("it has not let this device in: not connected");
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>For who has opened the connection and wants something of a door.</summary>
    /// <param name="plain">The connection.</param>
    /// <param name="own">Who calls.</param>
    /// <param name="isWanted">Whether it may be that device's door.</param>
    /// <param name="cancel">Cancelled when it takes too long.</param>
    /// <exception cref="RefusedException">No door that is wanted is there.</exception>
    public static Task<(Stream Stream, byte[] Key)> CallDoor(Stream plain, Device own, Func<DeviceId, bool> isWanted, CancellationToken cancel) =>
        Call(plain, ContextOf(own), Doors, isWanted, cancel);

    /// <summary>For who has opened the connection, and shows no device: whether there is a door.</summary>
    public static async Task<bool> HasDoor(Stream plain, CancellationToken cancel)
    {
        try
        {
            var (stream, _) = await Call(plain, own: null, Doors, _ => true, cancel).ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    /// <summary>For who has been called. Who came to the door has been answered, and goes.</summary>
    /// <exception cref="RefusedException">Who calls is not known, or no node.</exception>
    /// <exception cref="IOException">It has gone by itself.</exception>
    public async Task<(Stream Stream, DeviceId Device)> Answer(Stream plain, CancellationToken cancel)
    {
        var other = new Shown(_ => true);
        var stream = new SslStream(plain);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ApplicationProtocols = security.Door is null ? [Nodes] : [Nodes, Doors],
                    ServerCertificateContext = _own,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    AllowTlsResume = false,
                    CertificateChainPolicy = NoChain(),
                    RemoteCertificateValidationCallback = other.IsWanted,
                },
                cancel).ConfigureAwait(false);
            if (security.Door is { } door && stream.NegotiatedApplicationProtocol == Doors)
            {
                await door.Serve(stream, other.Key, cancel).ConfigureAwait(false);
                throw new EndOfStreamException();
            }

            // Only now: who comes to the door need not be known, and what somebody came for is not sure before.
            CheckProtocol(stream, Nodes);
            var device = DeviceId.Of(other.Key);
            if (!Known.Contains(device))
            {
                throw new RefusedException("its device is not one of yours") { Shown = device };
            }

            await stream.WriteAsync(Welcome, cancel).ConfigureAwait(false);
            return (stream, device);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                RefusedException or OperationCanceledException or ObjectDisposedException or IOException => e,
                _ when other.IsRefused => new RefusedException("it does not show a device's certificate"),
                AuthenticationException { InnerException: null } => new RefusedException("it does not speak TLS, as the nodes of this room do"),
                _ => new RefusedException("it does not speak TLS 1.3 as nodes do"),
            };
        }
    }

    private static SslStreamCertificateContext ContextOf(Device device) => SslStreamCertificateContext.Create(device.Certificate, additionalCertificates: null, offline: true);

    private static async Task<(Stream Stream, byte[] Key)> Call(
        Stream plain, SslStreamCertificateContext? own, SslApplicationProtocol protocol, Func<DeviceId, bool> isWanted, CancellationToken cancel)
    {
        var other = new Shown(isWanted);
        var stream = new SslStream(plain);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "",
                    ApplicationProtocols = [protocol],
                    ClientCertificateContext = own,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    AllowTlsResume = false,
                    CertificateChainPolicy = NoChain(),
                    RemoteCertificateValidationCallback = other.IsWanted,
                },
                cancel).ConfigureAwait(false);
            CheckProtocol(stream, protocol);
            return (stream, other.Key);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                RefusedException or OperationCanceledException => e,
                IOException or ObjectDisposedException => new RefusedException("it has closed the connection in the TLS handshake"),
                _ when other.IsRefused => new RefusedException("it answers as a device that is not one of yours: not connected") { Shown = other.Device },
                AuthenticationException { InnerException: null } => new RefusedException("that room is open (--open), and not encrypted: not connected"),
                _ => new RefusedException("it does not speak TLS 1.3 as nodes do: not connected"),
            };
        }
    }

    /// <summary>Who is not closes the connection, without a word.</summary>
    private static async Task<bool> IsWelcome(Stream stream, CancellationToken cancel)
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

    private static void CheckProtocol(SslStream stream, SslApplicationProtocol protocol)
    {
        if (stream.NegotiatedApplicationProtocol != protocol)
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
    private sealed class Shown(Func<DeviceId, bool> isWanted)
    {
        /// <summary>Empty: none that a device has.</summary>
        public byte[] Key { get; private set; } = [];

        public DeviceId? Device => Key.Length == 0 ? null : DeviceId.Of(Key);

        public bool IsRefused { get; private set; }

        public bool IsWanted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            Key = certificate is X509Certificate2 shown ? Devices.Device.KeyOf(shown) ?? [] : [];
            IsRefused = !(Device is { } device && isWanted(device));
            return !IsRefused;
        }
    }
}

/// <summary>A connection is not to be; the message is why, of fixed words: it may stand in a log.</summary>
internal sealed class RefusedException(string why) : Exception(why)
{
    /// <summary>The device that the other has shown, where that is why.</summary>
    public DeviceId? Shown { get; init; }

    /// <summary>Whether the other waits for a word.</summary>
    public bool ExpectsAkka { get; init; }
}
