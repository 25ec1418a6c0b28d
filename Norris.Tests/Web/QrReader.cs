using Microsoft.Playwright;
using ZXing;
using ZXing.Common;
using ZXing.QrCode;

namespace Norris.Tests.Web;

/// <summary>What a camera would read of a QR code; null: nothing.</summary>
internal static class QrReader
{
    /// <summary>How many dots a module is wide.</summary>
    private const int Dots = 4;

    /// <param name="rows">1 where it is dark.</param>
    public static string? Read(IReadOnlyList<string> rows)
    {
        var (width, height) = (rows[0].Length * Dots, rows.Count * Dots);
        var light = new byte[width * height];
        for (var i = 0; i < light.Length; i++)
        {
            light[i] = rows[i / width / Dots][i % width / Dots] == '1' ? byte.MinValue : byte.MaxValue;
        }

        return Read(light, width, height);
    }

    /// <summary>As an element is seen on a page.</summary>
    public static async Task<string?> Read(ILocator element)
    {
        var picture = Convert.ToBase64String(await element.ScreenshotAsync());
        var paper = await element.Page.Context.NewPageAsync(); // without the policy of the page
        var seen = await paper.EvaluateAsync<Seen>(
            """
            async (picture) => {
              const image = new Image();
              image.src = `data:image/png;base64,${picture}`;
              await image.decode();
              const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
              canvas.drawImage(image, 0, 0);
              const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
              return { width, height, light: Array.from({ length: width * height }, (_, i) => data[4 * i + 1]) };
            }
            """,
            picture);
        await paper.CloseAsync();
        return Read([.. seen.Light.Select(l => (byte)l)], seen.Width, seen.Height);
    }

    private static string? Read(byte[] light, int width, int height) =>
        new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(light, width, height, RGBLuminanceSource.BitmapFormat.Gray8))))?.Text;

    private sealed record Seen
    {
        public int Width { get; set; }

        public int Height { get; set; }

        public int[] Light { get; set; } = [];
    }
}
