namespace Capstan.Server.Data.PostgreSql;

/// <summary>Held by the one server that uses a data folder with a private PostgreSQL. The kernel gives it back when the process ends, however that happens.</summary>
internal sealed class ServerLock : IDisposable
{
    private readonly FileStream file;

    private ServerLock(FileStream file) => this.file = file;

    /// <exception cref="StartupException">Another server holds it.</exception>
    public static ServerLock Take(DataFolder folder)
    {
        try
        {
            return new ServerLock(new FileStream(folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new StartupException($"Another Capstan uses the folder {folder.Root}. Stop it first, or name another folder with --data.", e);
        }
    }

    public void Dispose() => file.Dispose();
}
