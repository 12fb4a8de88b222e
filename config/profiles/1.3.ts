import { dependencies, helmOperator, unsupportedByV1alpha1 } from "./helmOperator";
import { dockerfileOf1_4 } from "./pipeline";
import { chartPlugins } from "./plugins";
import type { Profile } from "./profile";

export const profile = {
  ...helmOperator,
  version: "1.3",
  api: "v1alpha1",
  startingCSV: "orchestrator-operator.v1.3.1",
  openshift: { from: "4.14", to: "4.16" },
  dependencies: dependencies("1.3", "1.34.0"),
  rhdh: { channel: "fast-1.3", catalogBranch: "v1.3.x" },
  plugins: chartPlugins("1.3.0", {
    orchestrator: "A/twx1SOOGDQjglLzOxQikKO0XOdPP1jh2lj9Y/92bLox8mT+eaZpub8YLwR2mb7LsUIUImg+U6VnKwoAV9ATA==",
    orchestratorBackend:
      "Th5vmwyhHyhURwQo28++PPHTvxGSFScSHPJyofIdE5gTAb87ncyfyBkipSDq7fwj4L8CQTXa4YP6A2EkHW1npg==",
    notifications: "iYLgIy0YdP/CdTLol07Fncmo9n0J8PdIZseiwAyUt9RFJzKIXmoi2CpQLPKMx36lEgPYUlT0rFO81Ie2CSis4Q==",
    notificationsBackend:
      "Pw9Op/Q+1MctmLiVvQ3M+89tkbWkw8Lw0VfcwyGSMiHpK/Xql1TrSFtThtLlymRgeCSBgxHYhh3MUusNQX08VA==",
    signals: "+E8XeTXcG5oy+aNImGj/MY0dvEkP7XAsu4xuZjmAqOHyVfiIi0jnP/QDz8XMbD1IjCimbr/DMUZdjmzQiD0hSQ==",
    signalsBackend:
      "5Bl6C+idPXtquQxMZW+bjRMcOfFYcKxcGZZFv2ITkPVeY2zzxQnAz3vYHnbvKRSwlQxjIyRXY6YgITGHXWT0nw==",
    notificationsEmail:
      "sm7yRoO6Nkk3B7+AWKb10maIrb2YBNSiqQaWmFDVg2G9cbDoWr9wigqqeQ32+b6o2FenfNWg8xKY6PPyZGh8BA==",
  }),
  pipeline: { dockerfile: dockerfileOf1_4, knWorkflow: "1.33.0" },
  unsupportedSettings: unsupportedByV1alpha1,
} as const satisfies Profile;
