using Capstan.Workflows.Expressions;
using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Texts that anybody can choose (the title of an issue, the name of a branch), put into a script where they become code. A value flows through functions and
/// operators that give it back,
/// not through those that only look at it.
/// Source: https://docs.github.com/en/actions/concepts/security/script-injections
/// </summary>
internal sealed class UntrustedInputRule : ILintRule
{
    private const string ScriptAction = "actions/github-script@";

    /// <summary>Properties of the github context; a star is an item of an array.</summary>
    private static readonly string[][] Untrusted =
    [
        .. """
           head_ref
           event.issue.title
           event.issue.body
           event.discussion.title
           event.discussion.body
           event.comment.body
           event.review.body
           event.review_comment.body
           event.pages.*.page_name
           event.commits.*.message
           event.commits.*.author.email
           event.commits.*.author.name
           event.head_commit.message
           event.head_commit.author.email
           event.head_commit.author.name
           event.pull_request.title
           event.pull_request.body
           event.pull_request.head.ref
           event.pull_request.head.label
           event.pull_request.head.repo.default_branch
           event.workflow_run.head_branch
           event.workflow_run.head_commit.message
           event.workflow_run.head_commit.author.email
           event.workflow_run.head_commit.author.name
           event.workflow_run.pull_requests.*.head.ref
           """.Split('\n').Select(line => line.Split('.')),
    ];

    public void Check(LintContext context)
    {
        foreach (var expression in context.Expressions)
        {
            if (expression.Root is { } root && IsScript(expression))
                Visit(context, expression, root);
        }
    }

    private static bool IsScript(FileExpression expression) => expression.Site is { Step: { } step, IsKey: false } site
        && (site.Node == step.Run
            || (step.Uses is { Text: var uses } && uses.StartsWith(ScriptAction, StringComparison.OrdinalIgnoreCase)
                && site.Node == step.With.Find("script")?.Value));

    /// <summary>Follows the values that can become the expression's own.</summary>
    private static void Visit(LintContext context, FileExpression expression, ExpressionNode node)
    {
        switch (node)
        {
            case IndexNode index when PathOf(index) is { } path:
                if (Array.Exists(Untrusted, known => Matches(known, path)))
                {
                    expression.Report(
                        context,
                        LintChecks.UntrustedInput,
                        node,
                        $"'{Hint.Show(expression.Part.Text[node.Start..node.End])}' is potentially untrusted: "
                        + "whoever opens an issue or a pull request chooses this text, and here it becomes part of the script. "
                        + "Pass it through an environment variable instead");
                }

                break;
            case IndexNode index:
                Visit(context, expression, index.Target);
                break;
            case LogicalNode logical:
                foreach (var operand in logical.Operands)
                    Visit(context, expression, operand);
                break;
            case CallNode { Function.Name: "format" or "join" or "toJSON" or "fromJSON" or "case" } call:
                foreach (var argument in call.Arguments)
                    Visit(context, expression, argument);
                break;
        }
    }

    /// <summary>The names behind <c>github</c>; null for anything else.</summary>
    private static List<string>? PathOf(IndexNode node)
    {
        var names = new List<string>();
        ExpressionNode current = node;
        while (current is IndexNode index)
        {
            names.Add(index.Key is LiteralNode { Value: StringValue name } ? name.Data : "*");
            current = index.Target;
        }

        names.Reverse();
        return current is ContextNode context && string.Equals(context.Name, "github", StringComparison.OrdinalIgnoreCase) ? names : null;
    }

    private static bool Matches(string[] known, List<string> path)
    {
        if (known.Length != path.Count)
            return false;
        for (var index = 0; index < known.Length; index++)
        {
            if (path[index] != "*" && !string.Equals(known[index], path[index], StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }
}
