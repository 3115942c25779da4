using Capstan.Contracts;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>An action that this program carries out itself, without node and without downloading anything.</summary>
internal abstract class BuiltInAction
{
    private static readonly BuiltInAction Checkout = new CheckoutAction();

    /// <returns>Null: none of that name is built in.</returns>
    public static BuiltInAction? Find(ActionReference.Remote reference) =>
        reference.Path.Length == 0 && string.Equals(reference.Name, CheckoutAction.Name, StringComparison.OrdinalIgnoreCase) ? Checkout : null;

    /// <param name="inputs">As given, evaluated; names without regard to case.</param>
    /// <exception cref="StepFailure">The action is used wrongly.</exception>
    public abstract Conclusion Run(StepFrame frame, IReadOnlyDictionary<string, string> inputs);

    /// <summary>After the job's last step, when <see cref="Run"/> has asked for it by <see cref="ActionUse.WantsPost"/>.</summary>
    public virtual Conclusion RunPost(StepFrame frame, IReadOnlyDictionary<string, string> inputs) => Conclusion.Success;
}
