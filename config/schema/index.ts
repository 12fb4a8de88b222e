import type { z } from "zod";
import { gitops, tekton } from "./delivery";
import { externalPostgres, postgres } from "./database";
import { clusterAccess, plugins, rhdh, rhdhSecret } from "./developerHub";
import {
  adopt,
  existingPlatform,
  install,
  namespaces,
  orchestrator,
  preflight,
  removeCrds,
  spec,
} from "./installation";
import { operator, platform, serverless, serverlessLogic } from "./operators";
import type { scalar } from "./texts";
import { workflowNamespaces, workflows } from "./workflows";

export { plain, scalar, secret } from "./texts";

/*
 * Every setting of a stack: its type, its default, and the text that docs/settings.md shows for it.
 * Defaults of the custom resource itself are left to the CRD: a key that is not set is not sent.
 */

/** The settings that hold a structure, each under its own key of the stack's configuration. */
export const structured = {
  install,
  preflight,
  adopt,
  removeCrds,
  namespaces,
  postgres,
  externalPostgres,
  operator,
  orchestrator,
  rhdhSecret,
  rhdh,
  plugins,
  serverless,
  serverlessLogic,
  platform,
  clusterAccess,
  gitops,
  tekton,
  existingPlatform,
  workflowNamespaces,
  workflows,
  spec,
};

type Output<T extends Record<string, z.ZodType>> = { readonly [K in keyof T]: DeepReadonly<z.output<T[K]>> };

type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Structured = Output<typeof structured>;
export type Scalar = Output<typeof scalar>;
