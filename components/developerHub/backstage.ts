import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { CustomArgs } from "../customArgs";
import { backstageKind } from "../../config/names";
import { directProfiles } from "../../config/profiles";
import type { BackstageSpec } from "./manifests";

/** Developer Hub. Its operator serves several versions of it: the same object, whichever it was made in. */
export class Backstage extends k8s.apiextensions.CustomResource {
  constructor(name: string, version: string, args: CustomArgs<BackstageSpec>, opts?: CustomResourceOptions) {
    const versions = new Set(directProfiles.map(({ backstage }) => backstage));
    const others = [...versions].filter((other) => other !== version);
    const aliases = others.map((other) => {
      const { apiVersion, kind } = backstageKind(other);
      return { type: `kubernetes:${apiVersion}:${kind}` };
    });
    super(name, { ...backstageKind(version), ...args }, { ...opts, aliases });
  }
}
