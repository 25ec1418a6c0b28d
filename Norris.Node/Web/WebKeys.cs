using System.Buffers.Text;
using System.Security.Cryptography;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>
/// The secrets by which the page and the HTTP interface know people: the account's token (scripts), the links that the node prints (a browser, once
/// each), and the cookies that this node made. All are derived from the token, so they outlast the process and mean nothing to another account's node.
/// Safe for several threads.
/// </summary>
/// <param name="token">The account's secret, <see cref="TokenBytes"/> random bytes.</param>
public sealed class WebKeys(ReadOnlyMemory<byte> token)
{
    /// <summary>How long the account's secret is.</summary>
    public const int TokenBytes = 32;

    /// <summary>How many links wait to be opened; of more the oldest are worth nothing.</summary>
    private const int OpenLinks = 16;

    private const int NonceBytes = 24;
    private const int SealBytes = 24;

    private readonly byte[] _token = token.ToArray();
    private readonly byte[] _own = HMACSHA256.HashData(token.Span, "norris page: the node's own user"u8);
    private readonly OneTimeLinks _links = new(OpenLinks, lasts: null, TimeProvider.System);

    /// <summary>As scripts send it: <c>Authorization: Bearer …</c>.</summary>
    public string Token => Base64Url.EncodeToString(_token);

    /// <summary>The cookie of a browser that has opened a link.</summary>
    public string OwnCookie => Base64Url.EncodeToString(_own);

    public bool IsToken(string? sent) => Is(_token, sent);

    public bool IsOwnCookie(string? sent) => Is(_own, sent);

    /// <summary>What a new link ends with.</summary>
    public string NewLink() => _links.New("").Code.ToString();

    /// <summary>Whether a link ends rightly. It is worth nothing afterwards.</summary>
    public bool TakeLink(string key) => _links.Take(key) is not null;

    /// <summary>A new guest's cookie: a random number, sealed, so that no cookie is taken that somebody else has chosen for a browser.</summary>
    public string NewGuestCookie()
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        return Base64Url.EncodeToString([.. nonce, .. Seal(nonce)]);
    }

    /// <summary>Whether this account's nodes have made a guest's cookie.</summary>
    public bool IsGuestCookie(string? sent) =>
        TryDecode(sent, NonceBytes + SealBytes, out var bytes) && CryptographicOperations.FixedTimeEquals(bytes.AsSpan(NonceBytes), Seal(bytes.AsSpan(0, NonceBytes)));

    private byte[] Seal(ReadOnlySpan<byte> nonce) => HMACSHA256.HashData(_token, (byte[])[.. "norris page: a guest"u8, .. nonce])[..SealBytes];

    private static bool Is(byte[] secret, string? sent) => TryDecode(sent, secret.Length, out var bytes) && CryptographicOperations.FixedTimeEquals(secret, bytes);

    private static bool TryDecode(string? sent, int length, out byte[] bytes)
    {
        bytes = [];
        if (sent is null || !Base64Url.IsValid(sent, out var decoded) || decoded != length)
        {
            return false;
        }

        bytes = Base64Url.DecodeFromChars(sent);
        return true;
    }
}
