namespace Capstan.Benchmarks;

/// <summary>A workflow as projects have it: filters, a matrix, four jobs that need one another, services, conditions and expressions.</summary>
internal static class TypicalWorkflow
{
    public const string Text = """
        name: CI
        on:
          push:
            branches: [main, 'release/**']
            paths-ignore: ['docs/**', '**.md']
          pull_request:
            types: [opened, synchronize, reopened, ready_for_review]
          workflow_dispatch:
            inputs:
              level: { type: choice, options: [debug, info, warning], default: info, description: How much to log }
        permissions:
          contents: read
        concurrency:
          group: ci-${{ github.workflow }}-${{ github.ref }}
          cancel-in-progress: ${{ github.event_name == 'pull_request' }}
        env:
          CONFIGURATION: Release
          TERM: dumb
        defaults:
          run:
            shell: bash
        jobs:
          lint:
            name: Lint
            runs-on: ubuntu-latest
            timeout-minutes: 10
            steps:
              - uses: actions/checkout@v4
                with:
                  fetch-depth: 0
              - uses: actions/setup-dotnet@v4
                with:
                  dotnet-version: 10.0.x
              - name: Check the format
                run: dotnet format --verify-no-changes
          build:
            name: Build on ${{ matrix.os }}
            needs: lint
            runs-on: ${{ matrix.os }}
            strategy:
              fail-fast: false
              matrix:
                os: [ubuntu-latest, windows-latest, macos-latest]
                framework: [net8.0, net10.0]
                exclude:
                  - os: macos-latest
                    framework: net8.0
                include:
                  - os: ubuntu-latest
                    coverage: true
            outputs:
              version: ${{ steps.version.outputs.value }}
            steps:
              - uses: actions/checkout@v4
              - uses: actions/cache@v4
                with:
                  path: ~/.nuget/packages
                  key: nuget-${{ runner.os }}-${{ hashFiles('**/packages.lock.json') }}
                  restore-keys: nuget-${{ runner.os }}-
              - id: version
                run: echo "value=$(git describe --tags)" >> "$GITHUB_OUTPUT"
              - name: Build
                run: dotnet build -c ${{ env.CONFIGURATION }} -f ${{ matrix.framework }}
              - name: Test
                run: |
                  dotnet test -c "$CONFIGURATION" -f ${{ matrix.framework }} --no-build \
                    --logger trx --results-directory results
              - name: Coverage
                if: matrix.coverage && github.event_name != 'pull_request'
                run: ./coverage.sh
                env:
                  TOKEN: ${{ secrets.COVERAGE_TOKEN }}
              - uses: actions/upload-artifact@v4
                if: ${{ always() }}
                with:
                  name: results-${{ matrix.os }}-${{ matrix.framework }}
                  path: results
                  retention-days: 7
          integration:
            needs: [build]
            runs-on: ubuntu-latest
            services:
              postgres:
                image: postgres:17
                env:
                  POSTGRES_PASSWORD: postgres
                ports: ['5432:5432']
                options: --health-cmd pg_isready --health-interval 5s
            steps:
              - uses: actions/checkout@v4
              - run: ./integration.sh
                timeout-minutes: 20
                continue-on-error: ${{ github.ref != 'refs/heads/main' }}
          publish:
            needs: [build, integration]
            if: github.event_name == 'push' && startsWith(github.ref, 'refs/heads/release/')
            runs-on: ubuntu-latest
            environment:
              name: production
              url: https://example.org/${{ needs.build.outputs.version }}
            permissions:
              contents: write
              packages: write
            steps:
              - uses: actions/checkout@v4
              - uses: actions/download-artifact@v4
                with:
                  path: results
              - name: Publish ${{ needs.build.outputs.version }}
                run: ./publish.sh "${{ needs.build.outputs.version }}"
                env:
                  API_KEY: ${{ secrets.API_KEY }}
        """;
}
