using System.Runtime.ExceptionServices;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Runner.Processes;

namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>The working tree of a run: git is asked for its files at once, and its answer is read when the tree is first wanted. Safe for concurrent use.</summary>
internal sealed class TreeInReading : IDisposable
{
    private readonly Lazy<WorkingTree> tree;
    private readonly ProgramOutput? list;
    private readonly ExceptionDispatchInfo? refusal;

    public TreeInReading(GitFolder git)
    {
        try
        {
            list = WorkingTree.List(git);
        }
        catch (CommandException without)
        {
            // Not every call wants the tree.
            refusal = ExceptionDispatchInfo.Capture(without);
        }

        tree = new Lazy<WorkingTree>(() =>
        {
            refusal?.Throw();
            return WorkingTree.Read(git, list!);
        });
    }

    /// <exception cref="CommandException">There is no git on this machine, or it cannot list the files.</exception>
    public WorkingTree Value => tree.Value;

    public void Dispose() => list?.Dispose();
}
