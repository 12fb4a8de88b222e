import { orchestratorCrd, postgresClaim } from "../names";
import type { Step } from "./ways";

/** What to do next. */
export interface Instruction {
  /** A sentence, in Markdown. */
  readonly text: string;
  /** What to type for it. @default - nothing */
  readonly commands?: readonly string[];
}

const set = (path: string, value: string) => `pulumi config set --path ${path} ${value}`;
const release = (version: string) => set("orchestrator.version", version);

/** What a stack has that a step depends on. */
export interface Stack {
  /** Its workflows, by the settings that name them, such as `workflowNamespaces[0].workflows`. */
  readonly workflows: readonly string[];
  /** Its database is the one that the program creates, and not an external one, which stays anyhow. */
  readonly hasOwnDatabase: boolean;
}

/** How a step is made, one after the other. */
export function instructionsFor(step: Step, stack: Stack): readonly Instruction[] {
  const { from, to, how } = step;
  const { workflows, hasOwnDatabase } = stack;
  const move = { text: "Move:", commands: [release(to.version), "pulumi preview", "pulumi up"] };
  switch (how) {
    case "in place":
      return [move];
    case "workflows out":
      return [
        ...prepared,
        {
          text:
            "If instances wait for timers, give the Job Service time to retry them. Add the variable " +
            '`KOGITO_JOBS_SERVICE_MAXINTERVALLIMITTORETRYMILLIS`, such as `"14400000"`, to ' +
            "`spec.services.jobService.podTemplate.container.env` of the SonataFlowPlatform, and take it away after the last step.",
        },
        {
          text: "Take the workflows out, in this stack and in stacks of teams, and delete what others have deployed:",
          commands: [...workflows.map((path) => set(`'${path}'`, "'[]'")), "pulumi up"],
        },
        move,
        { text: "Put the workflows back into the configuration, and run `pulumi up`." },
      ];
    case "anew":
      return [
        ...prepared,
        {
          text: `${hasOwnDatabase ? "Keep the database, and remove" : "Remove"} the stack, once you have seen what goes:`,
          commands: [
            ...(hasOwnDatabase ? [set("postgres.keepData", "true"), "pulumi up"] : []),
            "npm run plan-destroy",
            "pulumi destroy",
          ],
        },
        ...(from.kind === "operator" && to.kind === "operator"
          ? [
              {
                text: "Delete the CRD, which the other release has in another version:",
                commands: [`oc delete crd ${orchestratorCrd}`],
              },
            ]
          : []),
        {
          text: "Install the other release, with the database that is there:",
          commands: [
            release(to.version),
            ...(hasOwnDatabase
              ? [
                  set("namespaces.sonataflow.existing", "true"),
                  "pulumi config rm --path postgres.keepData",
                  set("postgres.existingClaim", postgresClaim()),
                ]
              : []),
            "pulumi preview",
            "pulumi up",
          ],
        },
      ];
  }
}

/** What comes first where workflows do not go on running. */
const prepared: readonly Instruction[] = [
  {
    text: "Rebuild the images of workflows with the profile `gitops`, with the builder of the new version, under a new tag.",
  },
  { text: "Back up the database of the platform." },
];
