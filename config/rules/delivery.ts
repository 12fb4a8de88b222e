import type { Rule } from "./rule";

export const operatorsPipelineNeedsClusterTasks: Rule = ({ settings: { tekton } }, report) => {
  if (tekton?.install && tekton.pipeline === "operator" && tekton.operator.channel === "latest") {
    report(
      "tekton.operator.channel",
      tekton.operator.channel,
      "has no ClusterTask, which tekton.pipeline operator needs; set it to pipelines-1.16, or tekton.pipeline to program",
    );
  }
};

export const pipelineNeedsArgocd: Rule = ({ settings: { tekton, gitops } }, report) => {
  if (tekton && !gitops) {
    report(
      "tekton",
      undefined,
      "needs gitops: the pipeline ends with a push to the repository that Argo CD deploys from, and lives in its namespace; " +
        "set one value with: pulumi config set --path gitops.install <true or false>",
    );
  }
};
