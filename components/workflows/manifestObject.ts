import { CustomResource, type CustomResourceOptions } from "@pulumi/pulumi";

/** An object of any kind, as its manifest has it. The SDK's own class for that knows no kinds of the core API. */
export class ManifestObject extends CustomResource {
  constructor(
    name: string,
    manifest: { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown },
    opts: CustomResourceOptions,
  ) {
    const { apiVersion, kind } = manifest;
    super(`kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`, name, manifest, opts);
  }
}
