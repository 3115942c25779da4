namespace Capstan.Workflows.Expressions.Functions;

/// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#hashfiles</summary>
internal static class HashFilesFunction
{
    public static Value Evaluate(Arguments arguments)
    {
        var hashFiles = arguments.Context.HashFiles ?? throw arguments.Error("The function 'hashFiles' has no meaning here: there are no files");
        var patterns = new string[arguments.Count];
        for (var index = 0; index < patterns.Length; index++)
        {
            patterns[index] = ValueText.Of(arguments[index]);
        }

        try
        {
            return Value.Of(hashFiles(patterns));
        }
        catch (ExpressionEvaluationException exception) when (exception.Position == 0)
        {
            throw arguments.Error(exception.Message, exception);
        }
    }
}
