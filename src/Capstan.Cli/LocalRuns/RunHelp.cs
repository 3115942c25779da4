namespace Capstan.Cli.LocalRuns;

/// <summary>What <c>capstan run --help</c> prints.</summary>
internal static class RunHelp
{
    public const string Summary = "Run the workflows of this working tree, without a server";

    public const string Text = """
        Runs the workflows of a git working tree on this machine, without a server.

        Usage:
          capstan run [WORKFLOW...] [options]

        Arguments:
          WORKFLOW   A workflow file, or a folder with some. Without one: every workflow in .github/workflows, and .capstan.yml, that the event fires.

        What happened:
          --event NAME               The event (default: push of the commit that is checked out)
          --payload FILE             The event's payload, as JSON; what it does not say is made up from git
          --ref REF                  The branch or tag that is pushed, or that a pull request comes from (default: the branch that is checked out)
          --changed PATH             A path that the event changes (repeatable; default: what git says)
          --input NAME=VALUE         An input of workflow_dispatch
          --github NAME=VALUE        A value of the github context, for example ref=refs/tags/v1

        What the jobs are given:
          --secret NAME=VALUE        A secret; it is masked in all output
          --secret-file FILE         Secrets, NAME=VALUE a line
          --environment-secret ENVIRONMENT:NAME=VALUE
                                     A secret for the jobs of an environment, over one of the same name
          --var NAME=VALUE           A value of the vars context
          --environment-var ENVIRONMENT:NAME=VALUE
                                     A value of the vars context for the jobs of an environment, over one of the same name
          --env NAME=VALUE           A variable in every step's environment

        What runs, and where:
          --job ID                   Only this job and those it needs (repeatable); of a called workflow: caller/job
          --from-step STEP           Go on with the job that failed last, from this step (its id, name or number), in the
                                     workspace as the failed step left it; what you changed since is copied into it
          --watch                    Run again after each change of the working tree, until Ctrl-C; a change cancels the run that goes on
          --shell-on-failure         Open a shell where a step fails, with its environment; leaving it ends the run
          --matrix KEY:VALUE         Only the combinations with this value (repeatable)
          --platform LABEL=host      Where jobs with this label run; LABEL=docker:IMAGE for a container (repeatable)
          --strict-platforms         A job that has no platform here fails, instead of being skipped with a warning
          --actions-dir DIR          Remote actions are taken from DIR/<owner>/<repository>[/<path>], whatever their ref
          --actions-upstream URL     Where other remote actions are fetched from, or none (default: https://github.com, or what
                                     CAPSTAN_ACTIONS_UPSTREAM says)

        Workspace:
          --in-place                 Run in the working tree itself, not in a copy of its files
          --empty-workspace          Begin with an empty folder, as a server does
          --keep                     Keep the workspaces, and say where they are
          --artifacts-dir DIR        Where artifacts are kept, as <workflow>/<name>.zip (default: ~/.cache/capstan/artifacts/<repository>)

        Output:
          --dry-run                  Show what would run, and why the rest would not: as 'capstan plan'
          --json                     One JSON object a line, for programs
          -h, --help                 Show this

        The exit code is 0 when every run succeeded or nothing was fired, 1 when a run failed or a workflow is invalid.
        Ctrl-C cancels as a server does: steps are interrupted and get time to end; a second Ctrl-C kills them.

        Examples:
          capstan run
          capstan run .github/workflows/release.yml --github ref=refs/tags/v1.0.0
          capstan run --event workflow_dispatch --input environment=staging --secret TOKEN=...
          capstan run --job test --matrix version:10
          capstan run --job test --from-step "Unit tests"
        """;
}
