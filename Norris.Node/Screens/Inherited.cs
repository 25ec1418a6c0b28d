using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Norris.Node.Screens;

/// <summary>
/// Which of the three standard streams this process was given. Where its parent had closed one, the number belongs to the first file that the
/// process opens, be it the runtime's source of random numbers: read as input, that would be said in the room.
/// </summary>
internal static partial class Inherited
{
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;

    private static readonly List<SafeFileHandle> Places = [];

    public static bool Input { get; } = Is(0);

    public static bool Output { get; } = Is(1);

    public static bool Error { get; } = Is(2);

    private static SafeFileHandle Closed() => File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    /// <summary>What is opened later, a connection for one, gets none of the three numbers.</summary>
    public static void KeepPlaces()
    {
        while (!(Input && Output && Error))
        {
            var place = Closed();
            if (place.DangerousGetHandle() > 2)
            {
                place.Dispose();
                return;
            }

            Places.Add(place);
        }
    }

    /// <summary>What was there before this program cannot be marked 'close on exec', and what .NET opens is. Of a closed one there are no marks: -1.</summary>
    internal static bool Is(int descriptor) => OperatingSystem.IsWindows() || (fcntl(descriptor, GetFlags) & CloseOnExec) == 0;

    [LibraryImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(int descriptor, int command);
}
