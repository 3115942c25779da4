using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Passwords of container registries as anybody can read them.
/// Source: https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information
/// </summary>
internal sealed class CredentialsRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var site in context.Document.Walk.Sites)
        {
            if (site.Path is "jobs.*.container.credentials.password" or "jobs.*.services.*.credentials.password"
                && site.Node is YamlScalar { Text.Length: > 0 } password && !password.HasExpression())
                context.Report(
                    LintChecks.PlainPassword,
                    password,
                    "The password of a registry stands here for everybody to read; keep it as a secret: ${{ secrets.NAME }}");
        }
    }
}
