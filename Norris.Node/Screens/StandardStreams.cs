using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Norris.Node.Screens;

/// <summary>What a process has of its surroundings to read from and write to.</summary>
public sealed record StandardStreams(Stream In, Stream Out, TextWriter Error, bool InIsTerminal, bool OutIsTerminal)
{
    /// <summary>The lines of <see cref="In"/>. One reader for all who ask, since it reads ahead.</summary>
    public LineReader Lines { get; } = new(In);

    /// <summary>Those of this process.</summary>
    public static StandardStreams Open()
    {
        if (OperatingSystem.IsWindows())
        {
            Console.InputEncoding = Encoding.UTF8;
            Console.OutputEncoding = Encoding.UTF8;
        }

        Inherited.KeepPlaces();
        if (!Inherited.Error)
        {
            Console.SetError(TextWriter.Null);
        }

        return new(
            Inherited.Input ? Console.OpenStandardInput() : Stream.Null, Output(), Console.Error,
            Inherited.Input && !Console.IsInputRedirected, Inherited.Output && !Console.IsOutputRedirected);
    }

    // The console's own stream keeps it to itself when nobody reads a pipe any more (EPIPE), and so 'norris join … | head' would go on
    // for ever. A file stream throws. For files it would keep a position of its own, so they stay with the console's.
    private static Stream Output()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return Console.OpenStandardOutput();
        }

        if (!Inherited.Output)
        {
            return new FileStream(Inherited.Closed(), FileAccess.Write, bufferSize: 0);
        }

        try
        {
            var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? Console.OpenStandardOutput() : stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Console.OpenStandardOutput();
        }
    }
}
