namespace Capstan.Server.Data.PostgreSql;

/// <summary>The programs of one major version of PostgreSQL on this machine.</summary>
/// <param name="Binaries">The folder with <c>postgres</c> and <c>initdb</c>.</param>
internal sealed record PostgreSqlInstallation(int Major, string Binaries)
{
    private const string DebianFolder = "/usr/lib/postgresql";

    /// <summary>The oldest that our statements are tested with.</summary>
    private const int OldestMajor = 15;

    public string Postgres => Path.Combine(Binaries, "postgres");

    public string InitDb => Path.Combine(Binaries, "initdb");

    /// <param name="dataMajor">The version that existing data was written by; null: the newest installed.</param>
    /// <exception cref="StartupException">There is none; the message has the command to type.</exception>
    public static PostgreSqlInstallation Find(int? dataMajor)
    {
        var installed = Installed().OrderByDescending(i => i.Major).ToArray();
        if (dataMajor is { } major)
        {
            return installed.FirstOrDefault(i => i.Major == major) ?? throw new StartupException(
                $"The private database was written by PostgreSQL {major}, which is not installed{Others(installed)}. Type: apt-get install postgresql-{major}. "
                + "To move to another version, make a backup with the old one first. Nothing was changed.");
        }

        return installed.FirstOrDefault(i => i.Major >= OldestMajor) ?? throw new StartupException(
            $"PostgreSQL {OldestMajor} or newer is not installed{Others(installed)}. Type: apt-get install postgresql. Or name a database of your own in CAPSTAN_DATABASE.");
    }

    private static IEnumerable<PostgreSqlInstallation> Installed()
    {
        if (Directory.Exists(DebianFolder))
        {
            foreach (var folder in Directory.EnumerateDirectories(DebianFolder))
            {
                if (int.TryParse(Path.GetFileName(folder), out var major) && File.Exists(Path.Combine(folder, "bin", "postgres")))
                    yield return new PostgreSqlInstallation(major, Path.Combine(folder, "bin"));
            }
        }

        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var postgres = Path.Combine(folder, "postgres");
            if (File.Exists(postgres) && File.Exists(Path.Combine(folder, "initdb")) && MajorOf(postgres) is { } major)
                yield return new PostgreSqlInstallation(major, folder);
        }
    }

    /// <summary>From <c>postgres (PostgreSQL) 15.18 (Debian …)</c>.</summary>
    private static int? MajorOf(string postgres)
    {
        var answer = OneShot.Run([postgres, "--version"]);
        var version = answer.Output.Split(' ').SkipWhile(word => word != "(PostgreSQL)").Skip(1).FirstOrDefault() ?? "";
        return int.TryParse(version.Split('.')[0].Trim(), out var major) ? major : null;
    }

    private static string Others(PostgreSqlInstallation[] installed) =>
        installed.Length == 0 ? "" : $" (installed: {string.Join(", ", installed.Select(i => i.Major))})";
}
