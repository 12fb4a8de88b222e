import type { PlatformConfig } from "../../config";
import type { Cluster } from "../cluster/cluster";
import { PlatformNamespace } from "./platformNamespace";

/** The namespaces that everything else of a platform is in. */
export class PlatformNamespaces {
  readonly orchestrator: PlatformNamespace;
  readonly rhdh: PlatformNamespace;
  readonly sonataflow: PlatformNamespace;

  constructor(cluster: Cluster, { orchestrator, rhdh, sonataflow }: PlatformConfig["namespaces"]) {
    this.orchestrator = new PlatformNamespace("orchestrator", { cluster, ...orchestrator });
    this.rhdh = new PlatformNamespace("rhdh", { cluster, ...rhdh });
    this.sonataflow = new PlatformNamespace("sonataflow", { cluster, ...sonataflow });
  }

  get all(): PlatformNamespace[] {
    return [this.orchestrator, this.rhdh, this.sonataflow];
  }
}
