import type { OperatorNeed } from "./operators";
import type { Needs } from "./needs";

/** What `oc mirror --v2` reads: openshift/oc-mirror, internal/pkg/api/v2alpha1/type_config.go. */
export interface ImageSetConfiguration {
  readonly apiVersion: "mirror.openshift.io/v2alpha1";
  readonly kind: "ImageSetConfiguration";
  readonly mirror: {
    readonly operators: readonly {
      readonly catalog: string;
      readonly packages: readonly IncludedPackage[];
    }[];
    readonly additionalImages: readonly { readonly name: string }[];
  };
}

interface IncludedPackage {
  readonly name: string;
  /** Without it, the package's own has to be among its channels. */
  readonly defaultChannel: string;
  readonly channels: readonly {
    readonly name: string;
    readonly minVersion?: string;
    readonly maxVersion?: string;
  }[];
}

/** Red Hat's catalog of operators for a version of OpenShift, which all packages of a release are in. */
export const catalogOf = (openshift: string): string =>
  `registry.redhat.io/redhat/redhat-operator-index:v${openshift}`;

/** How oc-mirror calls the CatalogSource of such a catalog: internal/pkg/clusterresources/clusterresources.go. */
export const mirroredCatalogSource = (openshift: string): string =>
  `cs-redhat-operator-index-v${openshift.replaceAll(".", "-")}`;

export const imageSetOf = ({ operators, images }: Needs, openshift: string): ImageSetConfiguration => ({
  apiVersion: "mirror.openshift.io/v2alpha1",
  kind: "ImageSetConfiguration",
  mirror: {
    operators:
      operators.length === 0 ? [] : [{ catalog: catalogOf(openshift), packages: operators.map(included) }],
    additionalImages: images.map(({ name }) => ({ name })),
  },
});

const included = ({ package: name, channel, version }: OperatorNeed): IncludedPackage => ({
  name,
  defaultChannel: channel,
  channels: [{ name: channel, ...(version !== undefined && { minVersion: version, maxVersion: version }) }],
});
