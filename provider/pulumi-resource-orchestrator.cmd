@node "%~dp0pulumi-resource-orchestrator" %*
