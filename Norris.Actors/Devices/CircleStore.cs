using System.Buffers;
using System.Text.Json;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>
/// What a device keeps of its circles from one start to the next: a folder with a file for each, <c>circles/&lt;id&gt;.json</c>. A file is written beside the old one and moved over it: so where the
/// disk is full, or the folder cannot be written in, the old one stays whole.
/// </summary>
/// <param name="folder">The folder; it is made where there is none.</param>
public sealed class CircleStore(string folder)
{
    /// <summary>The most records there can be, in base 64 with some punctuation.</summary>
    private const int LargestFile = Limits.CircleRecords * CircleRecord.MaxLength * 2;

    private const string Records = "records";

    private readonly string _folder = Path.GetFullPath(folder);

    /// <summary>The circle that a device is in, of several the one written last; null: it is in none.</summary>
    /// <exception cref="DeviceException">A file cannot be read, or is damaged.</exception>
    public Circle? Find(DeviceId device)
    {
        try
        {
            return !Directory.Exists(_folder) ? null
                : new DirectoryInfo(_folder).EnumerateFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).Select(file => Read(file.FullName)).FirstOrDefault(circle => circle.AdmissionOf(device) is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceException($"the circles in {_folder} cannot be read: {e.Message}");
        }
    }

    /// <summary>Keeps a circle, in place of what was kept of it.</summary>
    /// <exception cref="DeviceException">It cannot be written; what was there before is still there.</exception>
    public void Keep(Circle circle)
    {
        var path = Path.Combine(_folder, $"{circle.Id}.json");
        var beside = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            OwnFiles.MakeFolder(_folder);
            try
            {
                // Another process of this device may have heard more.
                OwnFiles.Write(beside, Written(File.Exists(path) && Read(path) is var kept && kept.Id == circle.Id ? kept.Merge(circle) : circle));
                File.Move(beside, path, overwrite: true);
            }
            finally
            {
                File.Delete(beside);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceException($"the circle {path} cannot be written: {e.Message}");
        }
    }

    private static Circle Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            if (!file.CanSeek || file.Length > LargestFile)
            {
                throw new FormatException("it is too large");
            }

            using var document = JsonDocument.Parse(file);
            return Circle.Read(
                document.RootElement.GetProperty(Records).EnumerateArray().Select(record => CircleRecord.TryRead(record.GetBytesFromBase64()) ?? throw new FormatException("a record is not well formed")),
                DeviceSignature.IsBy);
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DeviceException($"the circle {path} is damaged ({(e is FormatException ? e.Message : "it is not as Norris writes it")}): move it away to start without it");
        }
    }

    private static ReadOnlySpan<byte> Written(Circle circle)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray(Records);
        foreach (var record in circle.Records)
        {
            json.WriteBase64StringValue(record.Bytes.Span);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }
}
