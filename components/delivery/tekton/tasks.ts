import type { PipelineTools } from "../../../config/profiles";
import { param, value, type TaskSpec } from "./api";

/* The Tasks of the pipeline, and what they fetch while they run. */

const gitImage =
  "cgr.dev/chainguard/git:root-2.39@sha256:7759f87050dd8bacabe61354d75ccd7f864d6b6f8ec42697db7159eccd491139";
const shellImage = "registry.access.redhat.com/ubi9-minimal";
const dockerfileUrl = (commit: string) =>
  `https://raw.githubusercontent.com/rhdhorchestrator/serverless-workflows/${commit}/pipeline/workflow-builder.Dockerfile`;
const knWorkflowUrl = (version: string) =>
  `https://developers.redhat.com/content-gateway/file/pub/cgw/serverless-logic/${version}/kn-workflow-linux-amd64.tar.gz`;

/** Parameters reach a script as variables: as text in it, they could be read as commands. */
const fromParams = (names: Readonly<Record<string, string>>) =>
  Object.entries(names).map(([variable, name]) => value(variable, `$(params.${name})`));

const gitCli: TaskSpec = {
  description: "Runs a script with git, as a given user, and tells the commit that it ends at.",
  workspaces: [
    { name: "source", description: "The folder that the script runs in." },
    { name: "input", description: "Files for the script to use.", optional: true },
    {
      name: "ssh-directory",
      description: "A .ssh folder: id_rsa, config, known_hosts. Best a Secret.",
      optional: true,
    },
    {
      name: "basic-auth",
      description: "The files .git-credentials and .gitconfig. Best a Secret.",
      optional: true,
    },
  ],
  params: [
    param("BASE_IMAGE", "An image with git, ssh and a shell.", gitImage),
    param("GIT_USER_NAME", "Name of the author of commits.", ""),
    param("GIT_USER_EMAIL", "Mail address of the author of commits.", ""),
    param("GIT_SCRIPT", "What to run. Where it goes with cd, the commit is asked for.", "git help"),
    param("USER_HOME", "A home directory that the step may write to.", "/root"),
    param("VERBOSE", "Whether the log shows each command.", "true"),
  ],
  results: [{ name: "commit", description: "The commit that is checked out in the end." }],
  steps: [
    {
      name: "git",
      image: "$(params.BASE_IMAGE)",
      workingDir: "$(workspaces.source.path)",
      securityContext: { runAsNonRoot: true, runAsUser: 65532 },
      env: [
        ...fromParams({
          HOME: "USER_HOME",
          PARAM_USER_HOME: "USER_HOME",
          USER_NAME: "GIT_USER_NAME",
          USER_EMAIL: "GIT_USER_EMAIL",
          SCRIPT: "GIT_SCRIPT",
          VERBOSE: "VERBOSE",
        }),
        value("SSH_BOUND", "$(workspaces.ssh-directory.bound)"),
        value("SSH_PATH", "$(workspaces.ssh-directory.path)"),
        value("BASIC_AUTH_BOUND", "$(workspaces.basic-auth.bound)"),
        value("BASIC_AUTH_PATH", "$(workspaces.basic-auth.path)"),
        value("COMMIT_FILE", "$(results.commit.path)"),
      ],
      script: `#!/usr/bin/env sh
set -eu

if [ "$BASIC_AUTH_BOUND" = true ]; then
  for file in .git-credentials .gitconfig; do
    cp "$BASIC_AUTH_PATH/$file" "$HOME/$file"
    chmod 600 "$HOME/$file"
  done
fi
if [ "$SSH_BOUND" = true ]; then
  # -L: the files of a Secret are links.
  mkdir -p "$HOME/.ssh"
  cp -L "$SSH_PATH"/* "$HOME/.ssh/"
  chmod 700 "$HOME/.ssh"
  chmod 400 "$HOME/.ssh"/*
fi
git config --global user.name "$USER_NAME"
git config --global user.email "$USER_EMAIL"

if [ "$VERBOSE" = true ]; then set -x; fi
eval "$SCRIPT"
git rev-parse HEAD | tr -d '\\n' > "$COMMIT_FILE"
`,
    },
  ],
};

export const workflowId = param(
  "workflowId",
  "The workflow's id, and its folder where the repository has several.",
);
const workflowSource = {
  name: "workflow-source",
  description: "Has the workflow's repository in workflow/.",
};

const flattener = ({ dockerfile }: PipelineTools): TaskSpec => ({
  description: "Lays a workflow's files out in flat/ the way that its image is built from.",
  workspaces: [workflowSource],
  params: [
    workflowId,
    param("convertToFlat", "false where the project has Java sources, which are then taken along.", "true"),
  ],
  steps: [
    {
      name: "flatten",
      image: shellImage,
      workingDir: "$(workspaces.workflow-source.path)",
      env: fromParams({ WORKFLOW_ID: "workflowId", CONVERT_TO_FLAT: "convertToFlat" }),
      script: `#!/usr/bin/env bash
set -euo pipefail

project=workflow
if [ -d "workflow/$WORKFLOW_ID" ]; then project="workflow/$WORKFLOW_ID"; fi
target="flat/$WORKFLOW_ID"

rm -rf "$target"
mkdir -p flat
cp -r "$project/src/main/resources" "$target"
cp "$project/LICENSE" "$target/"
if [ "$CONVERT_TO_FLAT" = false ]; then
  cp -r "$project/src" "$target/src"
  rm -rf "$target/src/main/resources"
fi
curl -fsSL ${dockerfileUrl(dockerfile.commit)} -o flat/workflow-builder.Dockerfile
ls -R "$target"
`,
    },
  ],
});

const buildManifests = ({ knWorkflow }: PipelineTools): TaskSpec => ({
  description: "Turns a workflow into the Kubernetes manifests that run it.",
  workspaces: [workflowSource],
  params: [workflowId],
  steps: [
    {
      name: "build-manifests",
      image: shellImage,
      workingDir: "$(workspaces.workflow-source.path)",
      env: fromParams({ WORKFLOW_ID: "workflowId" }),
      // The namespace is left out: the GitOps repository decides on it.
      script: `#!/usr/bin/env bash
set -euo pipefail

microdnf install -y tar gzip
curl -fsSL ${knWorkflowUrl(knWorkflow)} | tar -xz --no-same-owner -C /tmp
chmod +x /tmp/kn-workflow-linux-amd64
cd "flat/$WORKFLOW_ID"
/tmp/kn-workflow-linux-amd64 gen-manifest --namespace ""
`,
    },
  ],
});

const buildGitops: TaskSpec = {
  description: "Puts the manifests, with the new image, into the repository that Argo CD deploys from.",
  workspaces: [
    workflowSource,
    { name: "workflow-gitops", description: "Has the GitOps repository in workflow-gitops/." },
  ],
  params: [workflowId, param("imageTag", "Tag of the workflow's image.")],
  steps: [
    {
      name: "build-gitops",
      image: shellImage,
      workingDir: "$(workspaces.workflow-gitops.path)/workflow-gitops",
      env: [
        ...fromParams({ WORKFLOW_ID: "workflowId", IMAGE_TAG: "imageTag" }),
        value("SOURCE", "$(workspaces.workflow-source.path)"),
      ],
      script: `#!/usr/bin/env bash
set -euo pipefail

microdnf install -y findutils # for updater.sh
cp "$SOURCE/flat/$WORKFLOW_ID/manifests"/* kustomize/base/
cd kustomize
./updater.sh "$WORKFLOW_ID" "$IMAGE_TAG"
`,
    },
  ],
};

export type TaskName = "git-cli" | "flattener" | "build-manifests" | "build-gitops";

/** By name, with the tools of a release. */
export const tasksWith = (tools: PipelineTools): Readonly<Record<TaskName, TaskSpec>> => ({
  "git-cli": gitCli,
  flattener: flattener(tools),
  "build-manifests": buildManifests(tools),
  "build-gitops": buildGitops,
});
