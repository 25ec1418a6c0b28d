using Norris.Node.Commands;

using var signals = new LeaveSignals();
var surroundings = Surroundings.OfThisProcess();
try
{
    return await CommandLine.Run(args, surroundings, signals.Leave);
}
catch (Exception e) when (e is not OutOfMemoryException)
{
    // A defect of the program, not of its input; still a line, not a page. NORRIS_TRACE=1 is for who wants to report it.
    surroundings.Tell($"this should not have happened, please report it: {e.GetType().Name}: {e.Message}");
    if (Environment.GetEnvironmentVariable("NORRIS_TRACE") is { Length: > 0 })
    {
        await Console.Error.WriteLineAsync(e.ToString());
    }

    return ExitCode.CouldNot;
}
