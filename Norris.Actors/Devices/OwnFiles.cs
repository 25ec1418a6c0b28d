using System.Runtime.InteropServices;
using System.Text;

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

    /// <summary>
    /// Moves a file to where none is, for certain: of two who do so at once one fails. On Unix <see cref="System.IO.File.Move(string, string)"/> looks whether one is there, and then replaces what has come meanwhile.
    /// </summary>
    /// <exception cref="IOException">There is one, or it cannot be moved.</exception>
    public static void MoveToNew(string from, string to)
    {
        if (OperatingSystem.IsWindows() || Link(Encoding.UTF8.GetBytes($"{from}\0"), Encoding.UTF8.GetBytes($"{to}\0")) != 0)
        {
            // There is one; or the disk has no links, and two who start on that at once are not told apart.
            System.IO.File.Move(from, to);
        }
        else
        {
            System.IO.File.Delete(from);
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

    [DllImport("libc", EntryPoint = "link"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] from, byte[] to);
}
