import type { PipelineTools } from "./profile";

/*
 * Commits of rhdhorchestrator/serverless-workflows with a Dockerfile that needs nothing but the workflow itself. That of its
 * main branch copies a folder that no other repository has, and the branches that upstream's first releases name are gone.
 */

/** What a workflow runs on, in both of them. */
const runtime = "registry.access.redhat.com/ubi9/openjdk-17:1.21-2";

/** As on the branches v1.4.x and v1.5.x: with the builder of Serverless Logic 1.35. */
export const dockerfileOf1_4: PipelineTools["dockerfile"] = {
  commit: "96d772297d3ee964ab9775d7aae7dbbd4f070dd7",
  images: [
    "registry.redhat.io/openshift-serverless-1/logic-swf-builder-rhel8@sha256:5590b799420769ee2fe316bc0425bec10f7a29433765244702a23348150e621e",
    runtime,
  ],
};

/** As on the branch v1.6.x: with the builder of Serverless Logic 1.36. */
export const dockerfileOf1_6: PipelineTools["dockerfile"] = {
  commit: "2f2ab2e1b5ee4728e3cbe4f02a33c671cde50e80",
  images: ["quay.io/orchestrator/logic-swf-builder-rhel8:1.36.0-disconnected", runtime],
};
