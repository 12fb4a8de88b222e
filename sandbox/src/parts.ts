/** One executable that the sandbox needs, and the ways to have it. */
export interface Part {
  readonly name: string;
  /** The version that its Go module builds. */
  readonly version: string;
  /** How the one on PATH says its version, and whether that will do. */
  readonly onPath: { readonly args: readonly string[]; accepts(output: string): boolean };
  /** The publisher's binary for this platform. @default - there is none */
  readonly download?: Download;
  readonly module: GoModule;
}

export interface Download {
  readonly url: string;
  readonly version: string;
  /** The file to take when the download is a `.tar.gz`. */
  readonly member?: string;
  /** Where the publisher keeps its SHA-256. @default - the publisher has none */
  readonly checksum?: string;
}

export interface GoModule {
  /** Where its `go.mod` is, in this package. @default - the sandbox's own: what it builds shares one version of each dependency */
  readonly folder?: string;
  readonly package: string;
  /** The folders of this package with source text that ends up in the executable. @default - there is none */
  readonly own?: readonly string[];
  /** Variables to set at link time. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Files of another module that the package embeds, and that are not beside it. @default - there are none */
  readonly embeds?: Embedded;
  /** What a first build takes on two cores, after the parts before it, as a promise to who waits. */
  readonly usually: string;
}

/** Files of a module: where each is there, by where it is wanted in the folder of the module that is built. */
export interface Embedded {
  readonly module: string;
  readonly files: Readonly<Record<string, string>>;
}

export const versions = {
  kubernetes: "v1.36.1",
  etcd: "v3.6.8",
  kwok: "v0.8.0",
  olm: "v0.45.0",
  olmApi: "v0.44.0",
  opm: "v1.72.0",
  pulumi: "v3.259.0",
} as const;

/** Pulumi's plugins that the program uses, in the versions that its packages ask for. */
export const plugins = { kubernetes: "4.34.2", random: "4.21.2", command: "1.2.1" } as const;

export type PluginName = keyof typeof plugins;

const oldestPulumi = [3, 238];

const github = (repository: string, version: string, file: string) =>
  `https://github.com/${repository}/releases/download/${version}/${file}`;

const pulumiArchive = (platform = process.platform, architecture = process.arch) => ({
  url: github(
    "pulumi/pulumi",
    versions.pulumi,
    `pulumi-${versions.pulumi}-${platform}-${architecture}.tar.gz`,
  ),
  version: versions.pulumi,
  checksum: github("pulumi/pulumi", versions.pulumi, `pulumi-${versions.pulumi.slice(1)}-checksums.txt`),
});

/** The parts that have a publisher, in the order in which they are had. */
export function publishedParts(platform = process.platform, architecture = process.arch): Part[] {
  const arch = architecture === "x64" ? "amd64" : architecture;
  const includes = (version: string) => (output: string) => output.includes(version.replace(/^v/, ""));

  const kubernetes = (name: string, usually: string): Part => {
    const url = `https://dl.k8s.io/${versions.kubernetes}/bin/${platform}/${arch}/${name}`;
    // The publisher has servers for Linux only.
    const published = platform === "linux" || name === "kubectl";
    return {
      name,
      version: versions.kubernetes,
      onPath: {
        args: name === "kubectl" ? ["version", "--client"] : ["--version"],
        accepts: (output) => /v(\d+\.\d+)\./.exec(output)?.[1] === versions.kubernetes.slice(1, 5),
      },
      download: published ? { url, version: versions.kubernetes, checksum: `${url}.sha256` } : undefined,
      module: {
        package: `k8s.io/kubernetes/cmd/${name}`,
        variables: {
          "k8s.io/component-base/version.gitVersion": versions.kubernetes,
          "k8s.io/component-base/version.gitMajor": "1",
          "k8s.io/component-base/version.gitMinor": "36",
          "k8s.io/component-base/version.gitTreeState": "clean",
        },
        usually,
      },
    };
  };

  // Its publisher has images only, no binaries.
  const olm = (name: string, usually: string): Part => ({
    name,
    version: versions.olm,
    onPath: {
      args: ["--version"],
      accepts: (output) => output.includes(`OLM version: ${versions.olm.slice(1)}`),
    },
    module: {
      package: `github.com/operator-framework/operator-lifecycle-manager/cmd/${name}`,
      variables: {
        "github.com/operator-framework/operator-lifecycle-manager/pkg/version.OLMVersion":
          versions.olm.slice(1),
      },
      usually,
    },
  });

  return [
    kubernetes("kube-apiserver", "5 min"),
    kubernetes("kube-controller-manager", "90 s"),
    kubernetes("kube-scheduler", "10 s"),
    kubernetes("kubectl", "30 s"),
    {
      name: "etcd",
      version: versions.etcd,
      onPath: { args: ["--version"], accepts: includes(versions.etcd) },
      download:
        platform === "linux"
          ? {
              url: github("etcd-io/etcd", versions.etcd, `etcd-${versions.etcd}-linux-${arch}.tar.gz`),
              version: versions.etcd,
              member: `etcd-${versions.etcd}-linux-${arch}/etcd`,
              checksum: github("etcd-io/etcd", versions.etcd, "SHA256SUMS"),
            }
          : undefined,
      module: { package: "go.etcd.io/etcd/server/v3", usually: "20 s" },
    },
    {
      name: "kwok",
      version: versions.kwok,
      onPath: { args: ["--version"], accepts: includes(versions.kwok) },
      download: {
        url: github("kubernetes-sigs/kwok", versions.kwok, `kwok-${platform}-${arch}`),
        version: versions.kwok,
      },
      module: {
        package: "sigs.k8s.io/kwok/cmd/kwok",
        variables: { "sigs.k8s.io/kwok/pkg/consts.Version": versions.kwok },
        usually: "20 s",
      },
    },
    olm("olm", "50 s"),
    olm("catalog", "10 s"),
    packageServer,
    {
      name: "opm",
      version: versions.opm,
      onPath: { args: ["version"], accepts: includes(versions.opm) },
      download: {
        url: github("operator-framework/operator-registry", versions.opm, `${platform}-${arch}-opm`),
        version: versions.opm,
        checksum: github("operator-framework/operator-registry", versions.opm, "checksums.txt"),
      },
      module: {
        package: "./tools/opm",
        own: ["tools/opm"],
        usually: "10 s",
      },
    },
    {
      name: "pulumi",
      version: versions.pulumi,
      onPath: { args: ["version"], accepts: isRecentPulumi },
      download: { ...pulumiArchive(platform, architecture), member: "pulumi/pulumi" },
      module: {
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versions.pulumi },
        usually: "4 min",
      },
    },
  ];
}

/** OLM's package server. Its publisher has images only, and its own main package runs in a pod only. */
const packageServer: Part = {
  name: "package-server",
  version: versions.olm,
  onPath: { args: ["--version"], accepts: () => false },
  module: {
    package: "./tools/package-server",
    own: ["tools/package-server"],
    usually: "10 s",
  },
};

const kubernetesProvider = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/**
 * Pulumi's plugin for Kubernetes, for where the publisher's cannot be had. The newest version that is a Go module is older
 * than the one that the program asks for, and says that it is that one.
 */
export const kubernetesPlugin: Part = {
  name: "pulumi-resource-kubernetes",
  version: "2026-01-15",
  // One on PATH is looked for before, as a plugin.
  onPath: { args: [], accepts: () => false },
  module: {
    folder: "tools/plugin",
    package: "./pulumi-resource-kubernetes",
    own: ["tools/plugin"],
    variables: { [`${kubernetesProvider}/pkg/version.Version`]: plugins.kubernetes },
    embeds: {
      module: kubernetesProvider,
      files: { "pulumi-resource-kubernetes/schema.json": "cmd/pulumi-resource-kubernetes/schema.json" },
    },
    usually: "50 s",
  },
};

/** A part that is written here. */
export interface OwnPart extends GoModule {
  readonly name: PartName;
  /** The publisher's, which is used where it can be had. @default - it has no publisher */
  readonly official?: Pick<Part, "onPath" | "download">;
}

export const ownParts: readonly OwnPart[] = [
  {
    name: "operators",
    package: "./operators/cmd/operators",
    own: ["operators"],
    usually: "5 s",
  },
  {
    name: "standins",
    package: "./plugins/cmd/standins",
    own: ["plugins"],
    usually: "5 s",
  },
  {
    name: "pulumi-language-nodejs",
    package: "./plugins/cmd/pulumi-language-nodejs",
    own: ["plugins"],
    usually: "5 s",
    official: {
      // It has no version command. One on PATH has come with the engine there.
      onPath: { args: ["-h"], accepts: () => true },
      download: { ...pulumiArchive(), member: "pulumi/pulumi-language-nodejs" },
    },
  },
];

export type PartName =
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "etcd"
  | "kwok"
  | "olm"
  | "catalog"
  | "package-server"
  | "opm"
  | "pulumi"
  | "pulumi-language-nodejs"
  | "operators"
  | "standins";

export function isRecentPulumi(output: string): boolean {
  const [, major, minor] = (/v?(\d+)\.(\d+)\.\d+/.exec(output) ?? []).map(Number);
  return major === oldestPulumi[0] && (minor ?? 0) >= (oldestPulumi[1] ?? 0);
}
