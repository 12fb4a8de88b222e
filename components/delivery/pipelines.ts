import * as pulumi from "@pulumi/pulumi";
import type { PipelinesConfig } from "../../config";
import { pipelinesPackage, tektonConfig } from "../../config/names";
import type { Package } from "../../config/operators";
import { Component, type ComponentArgs } from "../component";
import { TektonPipeline, TektonTask } from "./customResources";
import { tektonVersion } from "./tekton/api";
import type { GitOps } from "./gitOps";
import { pipeline as pipelineSpec, pipelineName } from "./tekton/pipeline";
import { tasksWith } from "./tekton/tasks";
import { Operator } from "../operators/operator";

export interface PipelinesArgs extends ComponentArgs, PipelinesConfig {
  /** The Argo CD that it hands workflows to, and in whose namespace the Tasks and the Pipeline are. */
  readonly gitops: GitOps;
}

/** OpenShift Pipelines, and the pipeline that builds a workflow and hands it to Argo CD. */
export class Pipelines extends Component {
  /** The packages that go with this stack. */
  readonly packages: pulumi.Input<readonly Package[]>;

  constructor(name: string, args: PipelinesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Pipelines", name, args.cluster, opts);
    const { child } = this;
    const { install, pipeline } = args;
    const { namespace } = args.gitops;
    const operator = install ? [this.makeOperator(name, args)] : [];
    this.packages = operator[0]?.packages ?? [];

    const missing =
      "OpenShift Pipelines has them; install it with: pulumi config set --path tekton.install true";
    const removed =
      "OpenShift Pipelines has it up to 1.16, and the Orchestrator operator's own pipeline needs it; " +
      "pulumi config set --path tekton.pipeline program makes one that does not";
    const served = this.task(
      `${name}-served`,
      {
        create: "await-apis",
        input: {
          apis: [
            { apiVersion: tektonVersion, kind: "Task", hint: missing },
            { apiVersion: tektonVersion, kind: "Pipeline", hint: missing },
            ...(pipeline === "operator"
              ? [{ apiVersion: "tekton.dev/v1beta1", kind: "ClusterTask", hint: removed }]
              : []),
          ],
          // Its webhooks, which judge each Task, run later than its kinds are served.
          readyWhen: install ? tektonConfig : undefined,
          minutes: install ? args.operator.timeoutMinutes : 0,
        },
        waits: args.operator.timeoutMinutes,
      },
      { dependsOn: operator },
    );

    if (pipeline === "program") {
      const after = { ...child, dependsOn: served };
      const tasks = Object.entries(tasksWith(args.tools)).map(
        ([task, spec]) =>
          new TektonTask(`${name}-${task}`, { metadata: { name: task, namespace }, spec }, after),
      );
      new TektonPipeline(
        name,
        { metadata: { name: pipelineName, namespace }, spec: pipelineSpec },
        { ...child, dependsOn: [served, ...tasks] },
      );
    }
    this.registerOutputs({});
  }

  private makeOperator(name: string, args: PipelinesArgs): Operator {
    const { apiVersion, kind } = tektonConfig;
    return new Operator(
      `${name}-operator`,
      {
        ...args.operator,
        cluster: this.cluster,
        package: pipelinesPackage,
        approval: "Automatic",
        adopt: this.cluster.adopt ? {} : undefined,
        settings: "tekton.operator",
        dependencies: [],
        // Without its operator, neither this object nor what it stands for could be removed any more.
        uninstall: { apiVersion, kind, createdObjects: [tektonConfig.name], deleteMinutes: 10 },
      },
      this.child,
    );
  }
}
