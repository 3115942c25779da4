using System.Diagnostics.CodeAnalysis;

namespace Capstan.Workflows.Templates;

/// <summary>What a template gave: a value, or what is wrong with it, at the tokens' places.</summary>
public sealed class TemplateResult<T>
    where T : notnull
{
    internal TemplateResult(T value)
    {
        Value = value;
        Diagnostics = [];
    }

    internal TemplateResult(IReadOnlyList<Diagnostic> diagnostics) => Diagnostics = diagnostics;

    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsValid => Diagnostics.Count == 0;

    /// <summary>Meaningful only when <see cref="IsValid"/>.</summary>
    public T? Value { get; }

    /// <summary>Errors only; empty when there is a value.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }
}
