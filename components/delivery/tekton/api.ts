export const tektonVersion = "tekton.dev/v1";

/** The parts of `tekton.dev/v1` that are used here: https://tekton.dev/docs/pipelines/pipeline-api/ */
export interface TaskSpec {
  readonly description: string;
  readonly params: readonly Param[];
  readonly workspaces: readonly {
    readonly name: string;
    readonly description: string;
    readonly optional?: true;
  }[];
  readonly results?: readonly { readonly name: string; readonly description: string }[];
  readonly steps: readonly Step[];
}

export interface Param {
  readonly name: string;
  readonly description: string;
  readonly type: "string";
  readonly default?: string;
}

interface Step {
  readonly name: string;
  readonly image: string;
  readonly workingDir: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly script: string;
  readonly securityContext?: { readonly runAsNonRoot: true; readonly runAsUser: number };
}

export interface PipelineSpec {
  readonly description: string;
  readonly params: readonly Param[];
  readonly workspaces: readonly { readonly name: string; readonly description: string }[];
  readonly tasks: readonly PipelineTask[];
}

export interface Value {
  readonly name: string;
  readonly value: string;
}

export interface PipelineTask {
  readonly name: string;
  readonly runAfter?: readonly string[];
  readonly taskRef:
    | { readonly name: string; readonly kind: "Task" }
    | { readonly resolver: "cluster"; readonly params: readonly Value[] };
  readonly workspaces: readonly { readonly name: string; readonly workspace: string }[];
  readonly params: readonly Value[];
}

export const param = (name: string, description: string, fallback?: string): Param => ({
  name,
  description,
  type: "string",
  ...(fallback !== undefined && { default: fallback }),
});
export const value = (name: string, text: string): Value => ({ name, value: text });
