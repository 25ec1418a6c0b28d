namespace Norris.Actors.Devices;

/// <summary>Files that nobody but their owner may read, in folders in which nobody else may write.</summary>
internal static class OwnFiles
{
    public const UnixFileMode Folder = File | UnixFileMode.UserExecute;

    private const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, Folder);
        }
    }

    /// <summary>Held by one process at a time, and let go at its end, whatever that is. The file stays.</summary>
    /// <exception cref="IOException">Another has held it for that long, or it cannot be made.</exception>
    public static FileStream Lock(string path, TimeSpan within)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(began) < within)
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>A new file, with this in it and on the disk.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = File;
        }

        using var file = new FileStream(path, options);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }
}
