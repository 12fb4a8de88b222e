import { param, value, type PipelineSpec, type PipelineTask } from "./api";
import { workflowId, type TaskName } from "./tasks";

/*
 * The Tasks and the Pipeline that take a workflow from its Git repository to an image and to the repository that Argo CD
 * deploys from. Names, parameters, workspaces and folders are those of Orchestrator 1.2: Developer Hub's software
 * templates start the Pipeline by them. Other than there, nothing of it needs a ClusterTask.
 */

export const pipelineName = "workflow-deployment";

const task = (name: TaskName) => ({ name, kind: "Task" }) as const;
const workspace = (name: string, workspace = name) => ({ name, workspace });

/** One step with git, in a workspace, with the user's key. */
const git = (
  name: string,
  source: "workflow-source" | "workflow-gitops",
  script: string,
  runAfter?: readonly string[],
): PipelineTask => ({
  name,
  ...(runAfter && { runAfter }),
  taskRef: task("git-cli"),
  workspaces: [workspace("source", source), workspace("ssh-directory", "ssh-creds")],
  params: [
    value("GIT_USER_NAME", "Orchestrator pipeline"),
    value("GIT_USER_EMAIL", "orchestrator@localhost"),
    value("USER_HOME", "/home/git"),
    value("GIT_SCRIPT", `eval "$(ssh-agent -s)"\nssh-add "$HOME/.ssh/id_rsa"\n${script}`),
  ],
});

const commit = "$(tasks.fetch-workflow.results.commit)";
const aboutWorkflow = value("workflowId", "$(params.workflowId)");

export const pipeline: PipelineSpec = {
  description: "Builds a workflow's image and manifests, and pushes both to where they are deployed from.",
  params: [
    param("gitUrl", "SSH URL of the workflow's repository."),
    param("gitOpsUrl", "SSH URL of the repository that Argo CD deploys from."),
    workflowId,
    param("convertToFlat", "false where the project has Java sources.", "true"),
    param("quayOrgName", "Organization at quay.io that the image goes to."),
    param("quayRepoName", "Repository at quay.io that the image goes to."),
  ],
  workspaces: [
    { name: "workflow-source", description: "A volume for the workflow's repository." },
    { name: "workflow-gitops", description: "A volume for the GitOps repository." },
    { name: "ssh-creds", description: "The Secret with the SSH key of both repositories." },
    { name: "docker-credentials", description: "The Secret with the logins at the image registries." },
  ],
  tasks: [
    git("fetch-workflow", "workflow-source", 'git clone "$(params.gitUrl)" workflow\ncd workflow\n'),
    git(
      "fetch-workflow-gitops",
      "workflow-gitops",
      'git clone "$(params.gitOpsUrl)" workflow-gitops\ncd workflow-gitops\n',
    ),
    {
      name: "flatten-workflow",
      runAfter: ["fetch-workflow"],
      taskRef: task("flattener"),
      workspaces: [workspace("workflow-source")],
      params: [aboutWorkflow, value("convertToFlat", "$(params.convertToFlat)")],
    },
    {
      name: "build-manifests",
      runAfter: ["flatten-workflow"],
      taskRef: task("build-manifests"),
      workspaces: [workspace("workflow-source")],
      params: [aboutWorkflow],
    },
    {
      name: "build-gitops",
      runAfter: ["build-manifests", "fetch-workflow-gitops"],
      taskRef: task("build-gitops"),
      workspaces: [workspace("workflow-source"), workspace("workflow-gitops")],
      params: [aboutWorkflow, value("imageTag", commit)],
    },
    {
      name: "build-and-push-image",
      runAfter: ["flatten-workflow"],
      // OpenShift Pipelines keeps its own Tasks there since it has no ClusterTasks.
      taskRef: {
        resolver: "cluster",
        params: [value("kind", "task"), value("name", "buildah"), value("namespace", "openshift-pipelines")],
      },
      workspaces: [workspace("source", "workflow-source"), workspace("dockerconfig", "docker-credentials")],
      params: [
        value("IMAGE", `quay.io/$(params.quayOrgName)/$(params.quayRepoName):${commit}`),
        value("DOCKERFILE", "flat/workflow-builder.Dockerfile"),
        value("CONTEXT", "flat/$(params.workflowId)"),
        // The key of a Secret of type dockerconfigjson, which is not the file name that buildah looks for.
        value(
          "BUILD_EXTRA_ARGS",
          "--authfile=/workspace/dockerconfig/.dockerconfigjson --ulimit nofile=4096:4096 --build-arg WF_RESOURCES=.",
        ),
      ],
    },
    git(
      "push-workflow-gitops",
      "workflow-gitops",
      `cd workflow-gitops
git add .
git diff --cached --quiet || git commit -m "Deploy $(params.workflowId) as of ${commit}"
git push origin HEAD:main
`,
      ["build-gitops", "build-and-push-image"],
    ),
  ],
};
