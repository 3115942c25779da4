namespace Capstan.Runner.Processes;

/// <summary>
/// Output pipes that something in the background still holds after its step has ended (a server that later steps talk to). They are read and thrown away: not
/// reading would block the process, closing would kill it. One thread, started with the first of them; ends with the job.
/// </summary>
internal sealed unsafe class LeftOpenOutputs : IDisposable
{
    private readonly Lock gate = new();
    private readonly StopSignal wake = new();
    private readonly List<int> added = [];
    private Thread? reader;
    private bool ended;

    public void Add(int pipe)
    {
        lock (gate)
        {
            added.Add(pipe);
            if (reader is null)
            {
                reader = new Thread(Read) { IsBackground = true, Name = "left-open outputs" };
                reader.Start();
            }
        }

        wake.Wake();
    }

    public void Dispose()
    {
        Thread? running;
        lock (gate)
        {
            ended = true;
            running = reader;
        }

        wake.Wake();
        running?.Join();
        wake.Dispose();
    }

    private void Read()
    {
        var pipes = new List<int>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            lock (gate)
            {
                pipes.AddRange(added);
                added.Clear();
                if (ended) break;
            }

            var entries = new Posix.PollEntry[pipes.Count + 1];
            entries[0] = new Posix.PollEntry { Descriptor = wake.Descriptor, Wanted = Posix.PollIn };
            for (var i = 0; i < pipes.Count; i++) entries[i + 1] = new Posix.PollEntry { Descriptor = pipes[i], Wanted = Posix.PollIn };
            fixed (Posix.PollEntry* start = entries) _ = Posix.Poll(start, (nuint)entries.Length, -1);
            if (entries[0].Happened != 0) wake.Clear();
            for (var i = entries.Length - 1; i > 0; i--)
            {
                if (entries[i].Happened == 0 || !AtEnd(pipes[i - 1], buffer)) continue;
                _ = Posix.Close(pipes[i - 1]);
                pipes.RemoveAt(i - 1);
            }
        }

        foreach (var pipe in pipes) _ = Posix.Close(pipe);
    }

    private static bool AtEnd(int pipe, byte[] buffer)
    {
        fixed (byte* start = buffer) return Posix.Read(pipe, start, buffer.Length) == 0;
    }
}
