namespace Capstan.Cli;

/// <summary>The version that <c>capstan --version</c> prints and that a client names itself with.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetName().Version!.ToString(fieldCount: 3);
}
