import { inventory, describe, diff, Stack, waitFor, type Sandbox } from "../../sandbox/src";
import { KubectlSide } from "./kubectlSide";
import { PulumiSide } from "./pulumiSide";
import { CountedClient } from "./requests";
import type { Measurement, Phase, Tool } from "./phases";
import type { Layout } from "./settings";
import { standIns, watched } from "./usage";

export interface BenchOptions {
  readonly sandbox: Sandbox;
  /** @default - this repository */
  readonly programDir?: string;
  readonly layout: Layout;
  readonly settings: Readonly<Record<string, string>>;
  /** Leave kubectl's half out. */
  readonly pulumiOnly: boolean;
  /** Told of each measurement as it is there. */
  readonly onMeasurement: (measurement: Measurement) => void;
}

/** Runs both tools over the same cluster, one after the other, size by size. */
export class Bench {
  private round = 0;

  private constructor(
    private readonly options: BenchOptions,
    private readonly clients: Readonly<Record<Tool, CountedClient>>,
  ) {}

  /** Installs the platform that the namespaces are added to. */
  static async prepare(options: BenchOptions): Promise<Bench> {
    const { sandbox, programDir } = options;
    const clients = {
      pulumi: await CountedClient.create(sandbox, "pulumi"),
      kubectl: await CountedClient.create(sandbox, "kubectl"),
    };
    const { code, stdout, stderr } = await new Stack(sandbox, { name: "platform", programDir }).up();
    if (code !== 0) throw new Error(`the platform was not installed:\n${stdout}${stderr}`);
    // The operator makes it in its own time, and it is what the other stacks find the platform by.
    await waitFor("a Developer Hub", async () => (await sandbox.kubectl("get", "backstages", "-A")) !== "");
    return new Bench(options, clients);
  }

  async measure(size: number): Promise<void> {
    const pulumi = new PulumiSide({ ...this.options, client: this.clients.pulumi }, `round-${++this.round}`);
    const step = (phase: Phase, work: () => Promise<void>) => this.step("pulumi", size, phase, work, pulumi);
    await pulumi.resize(size);
    await step("preview", () => pulumi.preview());
    await step("first", () => pulumi.up());
    const objects = await pulumi.objects();
    await step("unchanged", () => pulumi.upUnchanged());
    const grown = await pulumi.resize(size + 1);
    await step("one more", () => pulumi.up(grown));
    const more = await pulumi.objects();
    await step("remove", () => pulumi.destroy());
    await this.settle();
    if (!this.options.pulumiOnly) await this.measureKubectl(size, objects, more);
  }

  private async measureKubectl(
    size: number,
    objects: Awaited<ReturnType<PulumiSide["objects"]>>,
    more: typeof objects,
  ): Promise<void> {
    const kubectl = new KubectlSide(this.options.sandbox, this.clients.kubectl);
    const step = (phase: Phase, work: () => Promise<void>) => this.step("kubectl", size, phase, work);
    kubectl.give(objects);
    await step("first", () => kubectl.apply());
    await step("unchanged", () => kubectl.diffUnchanged());
    kubectl.give(more);
    await step("one more", () => kubectl.apply());
    await step("remove", () => kubectl.delete());
    await this.settle();
  }

  private async step(
    tool: Tool,
    size: number,
    phase: Phase,
    work: () => Promise<void>,
    pulumi?: PulumiSide,
  ): Promise<void> {
    const client = this.clients[tool];
    const before = await client.requests();
    const begun = performance.now();
    const { result: milliseconds, usage } = await watched(
      tool === "pulumi" ? standIns(this.options.sandbox) : new Set(),
      async () => {
        await work();
        return performance.now() - begun;
      },
    );
    const requests = (await client.requests()) - before;
    this.options.onMeasurement({
      size,
      tool,
      phase,
      seconds: milliseconds / 1000,
      starts: pulumi && phase !== "one more" ? Math.ceil(pulumi.count / this.options.layout.atOnce) : 1,
      requests,
      ...usage,
      ...(pulumi && { stateBytes: pulumi.stateBytes() }),
    });
  }

  /** Waits until the controllers have come to rest: what they still do would slow down the next step. */
  private async settle(): Promise<void> {
    const { kubeconfig } = this.options.sandbox;
    let last = await inventory(kubeconfig);
    await waitFor(
      "the cluster to come to rest",
      async () => {
        const now = await inventory(kubeconfig);
        const same = describe(diff(last, now)).length === 0;
        last = now;
        return same;
      },
      { timeout: 600, interval: 1000 },
    );
  }
}
