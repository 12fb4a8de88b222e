import * as pulumi from "@pulumi/pulumi";
import { formatHome, packageName, pluginName, version, type Home } from "../../provider/home";
import type { Package } from "../../config/operators";

/** The types of this project's own provider, which provider/resources.ts serves. */
const typeOf = (kind: string): string => `${packageName}:index:${kind}`;

/** Has the engine know the provider as that of one cluster: what it is told here, it is told again by each later run. */
const registerHome = (home: Promise<Home>): Promise<string | undefined> =>
  home.then((known) =>
    pulumi.runtime.registerPackage({
      baseProviderName: pluginName,
      baseProviderVersion: version,
      baseProviderDownloadUrl: "",
      packageName,
      packageVersion: version,
      base64Parameter: Buffer.from(formatHome(known)).toString("base64"),
    }),
  );

/** The SDK wraps the error of an input into others, one for each resource. That of a dependency is said once, as it is. */
const after = (home: Promise<Home>, opts?: pulumi.ResourceOptions) => ({
  ...opts,
  dependsOn: home.then(() => []),
});

/** The provider that lets nothing happen on another cluster than the stack's. */
export class ClusterProvider extends pulumi.ProviderResource {
  constructor(name: string, home: Promise<Home>, opts?: pulumi.ResourceOptions) {
    const inputs = {
      identity: home.then(({ identity }) => identity),
      context: home.then(({ context }) => context),
    };
    super(packageName, name, inputs, after(home, opts), false, registerHome(home));
  }
}

/** The cluster that the stack is at home on. Nothing is made of it: it is what the state remembers. */
export class ClusterIdentity extends pulumi.CustomResource {
  /** See tasks/cluster/identity.ts. It stays as it was when the stack was made. */
  declare readonly identity: pulumi.Output<string>;

  constructor(name: string, home: Promise<Home>, opts?: pulumi.CustomResourceOptions) {
    super(typeOf("Cluster"), name, { identity: home.then(({ identity }) => identity) }, after(home, opts));
  }
}

/** An operator as OLM keeps it, looked at by each run before the program starts. */
export class OperatorState extends pulumi.CustomResource {
  /** Another text each time that it was found not to be in order; so what waits for the operator runs again. */
  declare readonly repair: pulumi.Output<string>;

  constructor(
    name: string,
    operator: Package & { readonly pin?: string | undefined },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(typeOf("OperatorState"), name, { ...operator, repair: undefined }, opts);
  }
}
