namespace Norris.Lab;

/// <summary>Something that the machine or the nodes would not do, so that the laboratory cannot go on. The message says why, for people.</summary>
internal sealed class LabException(string message) : Exception(message);
