import { z } from "zod";
import { dnsLabel, minutes, release, setting } from "./types";

/* The installation as a whole: what is installed, where, and by which release. */

const existingNamespace = setting(
  z.boolean().default(false),
  "Use the existing namespace, and keep it on destroy.",
);

const namespace = (name: string, use: string) =>
  z.strictObject({ name: setting(dnsLabel.default(name), use), existing: existingNamespace }).prefault({});

export const install = setting(
  z.boolean().default(true),
  "Install the platform. If `false`, only add workflow namespaces to an existing one; only `existingPlatform`, `workflowNamespaces` and `workflows` apply then.",
);

export const preflight = setting(
  z.literal([true, false, "warn"]).default(true),
  "Check the cluster before anything is created, in previews too. `true` refuses if something is missing or in the way, `warn` only warns, `false` skips the checks.",
);

export const adopt = setting(
  z.boolean().default(false),
  "Up to 1.4: take over what was installed by hand: Subscription, Developer Hub's Secret, `Orchestrator`. They are the stack's from then on, and a destroy removes them. Leave it on afterwards.",
);

export const removeCrds = setting(
  z.boolean().default(false),
  "On destroy, also delete the CRDs that the stack's operators brought. While others have objects of these kinds, the destroy names them and deletes nothing. Takes effect with the next `up`.",
);

export const namespaces = z
  .strictObject({
    orchestrator: namespace("orchestrator", "Namespace of the `Orchestrator` custom resource."),
    rhdh: z
      .strictObject({
        name: setting(
          dnsLabel.optional(),
          "Namespace of Developer Hub, its Secret and up to 1.4 its operator. Default: `rhdh-operator`, from 1.7 on `rhdh`.",
        ),
        existing: existingNamespace,
      })
      .prefault({}),
    sonataflow: namespace("sonataflow-infra", "Namespace of the SonataFlow platform and of the database."),
  })
  .prefault({});

export const orchestrator = z
  .strictObject({
    version: setting(
      release,
      "Release of Orchestrator, in quotes. Up to 1.4 chooses the operator's version, and the form of the custom resource; from 1.7 on there is none of either, and this is the release of Developer Hub.",
    ),
    name: setting(dnsLabel.default("orchestrator"), "Name of the `Orchestrator` custom resource."),
    timeoutMinutes: setting(minutes.default(20), "How long to wait for its rollout, in minutes."),
    deleteTimeoutMinutes: setting(
      minutes.default(30),
      "How long its removal may take, in minutes. The operator gives each of five parts a minute, and retries.",
    ),
  })
  .prefault({});

export const existingPlatform = z
  .strictObject({
    version: setting(
      release,
      "With `install` off: its release, in quotes. From 1.7 on, the SonataFlow namespace gets a NetworkPolicy for each workflow namespace.",
    ),
    sonataflowNamespace: setting(
      dnsLabel.optional(),
      "With `install` off: its SonataFlow namespace. Default: where the cluster's `SonataFlowClusterPlatform` points.",
    ),
    rhdhNamespace: setting(
      dnsLabel.optional(),
      "With `install` off: its Developer Hub's namespace. Default: that of the cluster's `Backstage`.",
    ),
  })
  .prefault({});

export const spec = setting(
  z.record(z.string(), z.json()).optional(),
  "Added to the `spec` of the custom resource, from 1.7 on of the `Backstage`, unchecked: for fields that this program does not set. Lists are merged by the names of their entries.",
);
