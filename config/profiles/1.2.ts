import { dependencies, helmOperator, unsupportedByV1alpha1 } from "./helmOperator";
import { dockerfileOf1_4 } from "./pipeline";
import { chartPlugins } from "./plugins";
import type { Profile } from "./profile";

export const profile = {
  ...helmOperator,
  version: "1.2",
  api: "v1alpha1",
  startingCSV: "orchestrator-operator.v1.2.3",
  openshift: { from: "4.14", to: "4.15" },
  dependencies: dependencies("1.2", "1.33.0"),
  plugins: chartPlugins("1.2.0", {
    orchestrator: "FhM13wVXjjF39syowc4RnMC/gKm4TRlmh8lBrMwPXAw1VzgIADI8H6WVEs837poVX/tYSqj2WhehwzFqU6PuhA==",
    orchestratorBackend:
      "lyw7IHuXsakTa5Pok8S2GK0imqrmXe3z+TcL7eB2sJYFqQPkCP5la1vqteL9/1EaI5eI6nKZ60WVRkPEldKBTg==",
    notifications: "1mhUl14v+x0Ta1o8Sp4KBa02izGXHd+wsiCVsDP/th6yWDFJsfSMf/DyMIn1Uhat1rQgVFRUMg8QgrvbgZCR/w==",
    notificationsBackend:
      "pCFB/jZIG/Ip1wp67G0ZDJPp63E+aw66TX1rPiuSAbGSn+Mcnl8g+XlHLOMMTz+NPloHwj2/Tp4fSf59w/IOSw==",
    signals: "5tbZyRob0JDdrI97HXb7JqFIzNho1l7JuIkob66J+ZMAPCit+pjN1CUuPbpcglKyyIzULxq63jMBWONxcqNSXw==",
    signalsBackend:
      "DIISzxtjeJ4a9mX3TLcuGcavRHbCtQ5b52wHn+9+uENUL2IDbFoqmB4/9BQASaKIUSFkRKLYpc5doIkrnTVyrA==",
    notificationsEmail:
      "dtmliahV5+xtqvwdxP2jvyzd5oXTbv6lvS3c9nR8suqxTullxxj0GFg1uU2SQ2uKBQWhOz8YhSmrRwxxLa9Zqg==",
  }),
  pipeline: { dockerfile: dockerfileOf1_4, knWorkflow: "1.33.0" },
  unsupportedSettings: unsupportedByV1alpha1,
} as const satisfies Profile;
