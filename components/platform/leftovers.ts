import type { OperatorPlatformConfig, PlatformConfig, WorkflowNamespaceConfig } from "../../config";
import {
  backstageKind,
  knativeEventing,
  knativeServing,
  sonataFlowClusterPlatform,
  sonataFlowPlatform,
} from "../../config/names";
import type { Ref } from "../../kube/objects";

/* What comes with a platform beside what this program creates of it. */

/** Developer Hub's own database keeps its volume when it goes. In a namespace of the stack's, it goes with that. */
export function leftVolumes({ namespaces, rhdh }: PlatformConfig): Ref[] {
  const { name: namespace, existing } = namespaces.rhdh;
  const name = `data-backstage-psql-${rhdh.name}-0`;
  return rhdh.isInstalled && existing
    ? [{ apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name }]
    : [];
}

/**
 * The objects that the Orchestrator operator has made without a mark of anybody's: by Jobs of its chart. What there was
 * before it leaves as it is, and then their operator was there before, too, and stays.
 */
export const objectsOfOperator = ({ profile, namespaces, rhdh }: OperatorPlatformConfig): Ref[] => [
  knativeServing,
  knativeEventing,
  { ...sonataFlowPlatform, namespace: namespaces.sonataflow.name },
  { ...backstageKind(profile.api), namespace: namespaces.rhdh.name, name: rhdh.name },
];

/** The objects that the notes of its chart say to wait for: helm-charts/orchestrator/templates/NOTES.txt. */
export function awaitedObjects({ installs, namespaces, rhdh }: OperatorPlatformConfig): Ref[] {
  return [
    ...(installs.serverless ? [knativeServing, knativeEventing] : []),
    ...(installs.serverlessLogic
      ? [{ ...sonataFlowPlatform, namespace: namespaces.sonataflow.name }, sonataFlowClusterPlatform]
      : []),
    ...(rhdh.isInstalled
      ? [{ ...backstageKind("v1alpha1"), namespace: namespaces.rhdh.name, name: rhdh.name }]
      : []),
  ];
}

/** The namespaces that go with the stack, whatever is in them; but for those of operators, which have only what OLM puts there. */
export function goingNamespaces(
  platform: PlatformConfig | undefined,
  workflowNamespaces: readonly WorkflowNamespaceConfig[],
): string[] {
  const ofPlatform = Object.values(platform?.namespaces ?? {}).filter(({ keep }) => keep !== true);
  const all = [
    ...ofPlatform,
    ...workflowNamespaces.filter(({ isPlatformNamespace }) => !isPlatformNamespace),
  ];
  return all.filter(({ existing }) => !existing).map(({ name }) => name);
}
