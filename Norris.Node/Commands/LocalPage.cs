namespace Norris.Node.Commands;

/// <summary>The page of a node on this machine, as another process here asks it: over HTTP, or over HTTPS where it is served so.</summary>
internal sealed class LocalPage : IDisposable
{
    private const int LongestAnswer = 4 * 1024;
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5);

#pragma warning disable CA5359 // It is on this machine, and over HTTP it would show no certificate at all.
    private readonly HttpClient _http = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } })
    {
        Timeout = AnswersWithin,
        MaxResponseContentBufferSize = LongestAnswer,
    };
#pragma warning restore CA5359

    /// <param name="request">For an address of either scheme.</param>
    /// <param name="url">Over HTTP.</param>
    public async Task<HttpResponseMessage> Send(Func<Uri, HttpRequestMessage> request, Uri url, CancellationToken cancel)
    {
        try
        {
            using var plain = request(url);
            return await _http.SendAsync(plain, cancel);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError))
        {
            // It is there, and speaks something else.
            using var secure = request(new UriBuilder(url) { Scheme = Uri.UriSchemeHttps }.Uri);
            return await _http.SendAsync(secure, cancel);
        }
    }

    public void Dispose() => _http.Dispose();
}
