using Capstan.Contracts;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>An action that this program carries out itself, without node and without downloading anything.</summary>
internal abstract class BuiltInAction
{
    private static readonly Dictionary<string, BuiltInAction> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        [CheckoutAction.Name] = new CheckoutAction(),
        [UploadArtifactAction.Name] = new UploadArtifactAction(),
        [MergeArtifactsAction.Name] = new MergeArtifactsAction(),
        [DownloadArtifactAction.Name] = new DownloadArtifactAction(),
        ["actions/cache"] = new CacheAction(),
        ["actions/cache/restore"] = new CacheRestoreAction(),
        ["actions/cache/save"] = new CacheSaveAction(),
    };

    /// <summary>All inputs of the real one.</summary>
    protected abstract IReadOnlySet<string> Known { get; }

    /// <returns>Null: none of that name is built in.</returns>
    public static BuiltInAction? Find(ActionReference.Remote reference) =>
        ByName.GetValueOrDefault(reference.Path.Length == 0 ? reference.Name : reference.Name + "/" + reference.Path);

    /// <exception cref="StepFailure">The action is used wrongly.</exception>
    public abstract Conclusion Run(StepFrame frame, GivenInputs inputs);

    /// <summary>Whether <see cref="RunPost"/> has something to do, as the job stands at its end.</summary>
    /// <param name="why">For people: why not.</param>
    public virtual bool HasPost(StepFrame frame, out string? why)
    {
        why = null;
        return true;
    }

    /// <summary>After the job's last step, when <see cref="Run"/> has asked for it by <see cref="ActionUse.WantsPost"/>.</summary>
    public virtual Conclusion RunPost(StepFrame frame, GivenInputs inputs) => Conclusion.Success;

    public void WarnOfUnknown(StepFrame frame, GivenInputs inputs)
    {
        if (inputs.Names.Where(name => !Known.Contains(name)).ToList() is { Count: > 0 } unknown)
        {
            frame.Warn($"Unexpected input(s) {string.Join(", ", unknown.Select(name => $"'{name}'"))}, valid inputs are [{string.Join(", ", Known.Select(name => $"'{name}'"))}]");
        }
    }

    protected static IReadOnlySet<string> Inputs(params string[] names) => new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
}
