namespace Norris.Tests.Archive;

internal sealed class TemporaryFolder
{
    public string Path { get; } = Directory.CreateTempSubdirectory("norris-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Delete() => Directory.Delete(Path, recursive: true);
}
