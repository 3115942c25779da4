namespace Capstan.Benchmarks;

/// <summary>Where `./dev bench` put the programs it measures: both published in the same way.</summary>
/// <param name="Capstan">The product.</param>
/// <param name="Empty">A .NET program that does nothing.</param>
public sealed record PublishedPrograms(string Capstan, string Empty)
{
    /// <exception cref="FileNotFoundException">They were not published; the message says how.</exception>
    public static PublishedPrograms Find(string checkout)
    {
        var programs = new PublishedPrograms(Path.Combine(checkout, "artifacts/publish/capstan"), Path.Combine(checkout, "artifacts/bench/empty"));
        return File.Exists(programs.Capstan) && File.Exists(programs.Empty)
            ? programs
            : throw new FileNotFoundException("The published programs are missing: run ./dev bench, which publishes them first.");
    }
}
