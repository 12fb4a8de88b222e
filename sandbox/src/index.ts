export { Api, ApiError, type ApiResource, type KubeObject } from "./api";
export { startSandbox, type Sandbox, type SandboxOptions, type Timing } from "./boot";
export { crowd, type CrowdOptions } from "./crowd";
export type { FixtureName } from "./fixtures";
export {
  describe,
  diff,
  inventory,
  leftovers,
  settled,
  withoutKeptKinds,
  type Inventory,
  type InventoryDiff,
} from "./inventory";
export type { PluginName } from "./parts";
export type { ServedPlugin } from "./plugins";
export type { RunningProcess } from "./processes";
export { printTo, silent, type Progress } from "./progress";
export { Stack, type Result, type RunOptions, type StackOptions } from "./pulumi";
export { waitFor, type WaitOptions } from "./wait";
