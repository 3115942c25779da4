namespace Capstan.Server.Data;

/// <summary>The folder with everything that is not in the database. Its file <c>storage-id</c> says that it is ours, and whose.</summary>
public sealed class DataFolder
{
    private const string StorageIdFile = "storage-id";

    // A freshly mounted file system is not empty.
    private static readonly string[] FoundInEmptyFolders = ["lost+found"];

    private DataFolder(string root, Guid storageId)
    {
        Root = root;
        StorageId = storageId;
    }

    /// <summary>Absolute.</summary>
    public string Root { get; }

    /// <summary>The same number is in the table <c>storage</c> of the database that this folder belongs to.</summary>
    public Guid StorageId { get; }

    /// <summary>Bare repositories: <c>&lt;repository id&gt;.git</c>.</summary>
    public string Git => Path.Combine(Root, "git");

    public string Blobs => Path.Combine(Root, "blobs");

    internal string WebKeys => Path.Combine(Root, "web-keys");

    internal string MasterKeyFile => Path.Combine(Root, "master.key");

    internal string PostgreSql => Path.Combine(Root, "postgresql");

    internal string LockFile => Path.Combine(Root, "server.lock");

    /// <summary>Opens the folder, and makes it when it is missing or empty.</summary>
    /// <exception cref="StartupException">It holds something else, or cannot be used.</exception>
    public static DataFolder Open(string path)
    {
        var root = Path.GetFullPath(path);
        try
        {
            // Others may pass through as far as the private PostgreSQL's own folder needs it (LetOthersPassThrough), and see nothing.
            if (!Directory.Exists(root))
                Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var folder = new DataFolder(root, ReadOrMakeStorageId(root));
            foreach (var inner in new[] { folder.Git, folder.Blobs, folder.WebKeys })
                Directory.CreateDirectory(inner, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The data folder {root} cannot be used: {e.Message} Choose another with --data, or give this user access to it.", e);
        }
    }

    /// <summary>As root: lets the user that the private PostgreSQL runs as reach its own folder. Nothing else in here is open to others.</summary>
    internal void LetOthersPassThrough()
    {
        if (Environment.IsPrivilegedProcess)
            File.SetUnixFileMode(Root, File.GetUnixFileMode(Root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    private static Guid ReadOrMakeStorageId(string root)
    {
        var file = Path.Combine(root, StorageIdFile);
        if (!File.Exists(file))
        {
            // Another server may be making the folder at this moment: then the id is there by the time its folders are.
            if (Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName).FirstOrDefault(IsForeign) is { } foreign && !File.Exists(file))
            {
                throw new StartupException(
                    $"The folder {root} holds something that is not Capstan's ({foreign}). Name an empty folder, or one that does not exist yet, with --data. Nothing was changed.");
            }

            MakeStorageId(file);
        }

        return Guid.TryParse(File.ReadAllText(file).Trim(), out var id)
            ? id
            : throw new StartupException($"The file {file} holds no storage id. Put it back from a backup, or name another folder with --data.");
    }

    private static bool IsForeign(string? name) => !FoundInEmptyFolders.Contains(name) && name?.StartsWith($"{StorageIdFile}.", StringComparison.Ordinal) != true;

    // Written beside and linked into place, so that of two servers that make the folder together one wins and both read a whole id.
    private static void MakeStorageId(string file)
    {
        var beside = $"{file}.{Guid.NewGuid():N}";
        File.WriteAllText(beside, $"{Guid.NewGuid()}\n");
        try
        {
            File.Move(beside, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(beside);
        }
    }
}
