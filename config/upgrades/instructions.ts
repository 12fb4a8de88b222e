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
  /** Its database is the one that the program creates, and not an external one, which stays anyhow. */
  readonly hasOwnDatabase: boolean;
}

/** How a step is made, one after the other. */
export function instructionsFor(step: Step, { hasOwnDatabase }: Stack): readonly Instruction[] {
  const { from, to, how } = step;
  const move = { text: "Move:", commands: [release(to.version), "pulumi preview", "pulumi up"] };
  switch (how) {
    case "in place":
      return [move];
    case "workflows out":
      return [
        ...prepared,
        {
          text:
            "Take the workflows of others out: in each stack of a team, empty the list of each of its `workflowNamespaces`, and delete what else " +
            "there is. `pulumi preview` with the new release names them, with the command for each.",
        },
        {
          ...move,
          text: "Move. `up` takes this stack's workflows out before, and puts them back after, from the files as they are then:",
        },
        { text: "Put the workflows of others back." },
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
        ...openShiftBetween(step),
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

/** While nothing is installed, the cluster can pass by versions that neither release is for. */
const openShiftBetween = ({ from, to }: Step): readonly Instruction[] =>
  from.openshift && to.openshift && minorOf(to.openshift.from) > minorOf(from.openshift.to)
    ? [
        {
          text: `Update OpenShift: Orchestrator ${to.version} is for ${to.openshift.from} to ${to.openshift.to}, and ${from.version} was for ${from.openshift.from} to ${from.openshift.to}.`,
        },
      ]
    : [];

const minorOf = (version: string): number => Number(version.split(".")[1]);

/** What comes first where workflows do not go on running. */
const prepared: readonly Instruction[] = [
  {
    text: "Rebuild the images of workflows with the profile `gitops`, with the builder of the new version, under a new tag.",
  },
  { text: "Back up the database of the platform." },
];
