import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterAccessConfig } from "../../config";
import { accessAccount as serviceAccount } from "../../config/names";
import { Component, type ComponentArgs } from "../component";
import { Infrastructure } from "./infrastructure";
import { readRules } from "./readRules";
import { textOf } from "./secretText";

export type ClusterAccessArgs = ClusterAccessConfig & ComponentArgs;

/**
 * How Developer Hub reaches the cluster that it shows. Other than with upstream's script, the token is waited for, it
 * can read and nothing else, and the address is the cluster's own, not the one that a kubeconfig goes through.
 */
export class ClusterAccess extends Component {
  readonly url: pulumi.Input<string> | undefined;
  /** A secret. */
  readonly token: pulumi.Input<string> | undefined;
  /** Whether the configuration has them, and not the cluster. */
  readonly isGiven: { readonly url: boolean; readonly token: boolean };
  /** The Secret that the cluster fills with the token, unless one is given. */
  readonly account: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: ClusterAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ClusterAccess", name, args.cluster, opts);

    this.token =
      args.token ?? (args.role === "none" ? undefined : this.makeToken(name, args.namespace, args.role));
    this.isGiven = { url: args.url !== undefined, token: args.token !== undefined };
    this.account = { namespace: args.namespace, name: serviceAccount };
    this.url = args.url ?? (this.token === undefined ? undefined : this.findUrl(name));
    this.registerOutputs({});
  }

  private makeToken(name: string, namespace: string, role: "read" | "cluster-admin"): pulumi.Output<string> {
    const { child } = this;
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name: serviceAccount, namespace } },
      child,
    );

    // A binding's role cannot be changed, so each role has a binding of its own name.
    const roleName = `orchestrator-rhdh-${namespace}`;
    const bindingName = role === "read" ? roleName : `${roleName}-cluster-admin`;
    if (role === "read") {
      new k8s.rbac.v1.ClusterRole(name, { metadata: { name: roleName }, rules: [...readRules] }, child);
    } else {
      void pulumi.log.warn(
        "clusterAccess.role is cluster-admin: a token that never expires and may do everything is put into Developer Hub's " +
          "environment. Its plugins only read, for which clusterAccess.role read is enough",
        this,
      );
    }
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-${role}`,
      {
        metadata: { name: bindingName },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: role === "read" ? roleName : "cluster-admin",
        },
        subjects: [{ kind: "ServiceAccount", name: serviceAccount, namespace }],
      },
      child,
    );

    // The provider waits until the cluster has filled it. The account first: a token without one is removed at once.
    const token = new k8s.core.v1.Secret(
      name,
      {
        metadata: {
          name: serviceAccount,
          namespace,
          annotations: { "kubernetes.io/service-account.name": serviceAccount },
        },
        type: "kubernetes.io/service-account-token",
      },
      { ...child, dependsOn: account },
    );
    return textOf(token, "token");
  }

  private findUrl(name: string): pulumi.Output<string> {
    const infrastructure = new Infrastructure(name, this.child);
    return infrastructure.status.apply(({ apiServerURL }) => {
      if (apiServerURL === undefined || apiServerURL === "") {
        throw new pulumi.RunError(
          "Infrastructure cluster names no apiServerURL. Set it with: pulumi config set clusterUrl <url>",
        );
      }
      return apiServerURL;
    });
  }
}
