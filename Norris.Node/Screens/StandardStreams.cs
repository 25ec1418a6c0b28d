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

        if (!Inherited.Output)
        {
            Console.SetOut(new StreamWriter(new ClosedOutput()) { AutoFlush = true });
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
            return new ClosedOutput();
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

    /// <summary>What was not given: nothing can be written to it.</summary>
    private sealed class ClosedOutput : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("standard output is closed");
    }
}
