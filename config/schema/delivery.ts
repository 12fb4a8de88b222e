import { z } from "zod";
import { gitopsPackage, pipelinesPackage } from "../names";
import { dnsLabel, minutes, objectName, setting, text } from "./types";

/* Argo CD, which deploys workflows, and the pipeline that builds them. */

/** A Subscription that this program makes itself. */
const ownOperator = (name: string, what: string, fallback: string) =>
  z
    .strictObject({
      namespace: setting(
        dnsLabel.default(fallback),
        `Namespace of the ${name} operator. Any other than \`openshift-operators\` is created, with an OperatorGroup.`,
      ),
      channel: setting(text.default("latest"), `Channel of the package \`${what}\`.`),
      source: setting(objectName.default("redhat-operators"), "CatalogSource."),
      sourceNamespace: setting(dnsLabel.default("openshift-marketplace"), "Namespace of the CatalogSource."),
      timeoutMinutes: setting(
        minutes.default(15),
        `How long to wait for the operator, and then for ${name}, in minutes.`,
      ),
    })
    .prefault({});

export const gitops = z
  .strictObject({
    namespace: setting(dnsLabel.default("orchestrator-gitops"), "Namespace of Argo CD, and of the pipeline."),
    install: setting(
      z.boolean().default(false),
      "Install the GitOps operator, the namespace and an Argo CD. If `false`, use the existing one.",
    ),
    instance: setting(
      dnsLabel.optional(),
      "Name of the `ArgoCD` object. Default: the first by name; `argocd` with `install`.",
    ),
    operator: ownOperator("GitOps", gitopsPackage, "openshift-gitops-operator"),
  })
  .optional();

export const tekton = z
  .strictObject({
    install: setting(
      z.boolean().default(false),
      "Install the OpenShift Pipelines operator. If `false`, use the existing one.",
    ),
    pipeline: setting(
      z.enum(["program", "operator"]).default("program"),
      "Who creates the Tasks and the Pipeline. `operator` needs OpenShift Pipelines up to 1.16, and also turns on Developer Hub's Tekton tab.",
    ),
    operator: ownOperator("Pipelines", pipelinesPackage, "openshift-pipelines-operator"),
  })
  .optional();
