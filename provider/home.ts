/** The package of this project's provider as the engine knows it, and the plugin that serves it. */
export const packageName = "orchestrator-cluster";
/** Also the name of the project: the engine hands a plugin those settings of the stack that have its name. */
export const pluginName = "orchestrator";
export const version = "1.0.0";

/** Where a stack is at home, as its state remembers it. */
export interface Home {
  /** Which cluster that is; see tasks/cluster/identity.ts. */
  readonly identity: string;
  /** The context that its provider uses. @default - the kubeconfig's own choice */
  readonly context?: string | undefined;
  /** Its provider uses the setting `kubeconfig`, and not what the shell says. */
  readonly isConfigured: boolean;
}

export const formatHome = ({ identity, context, isConfigured }: Home): string =>
  JSON.stringify({ identity, context, isConfigured });

export function parseHome(text: string): Home {
  const { identity, context, isConfigured = false } = JSON.parse(text) as Partial<Home>;
  if (identity === undefined) throw new Error(`no identity in ${text}`);
  return { identity, context, isConfigured };
}
