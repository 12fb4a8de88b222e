import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import type { Api, KubeObject } from "./api";
import { waitFor } from "./wait";

/** Applies files, or all files of folders: the CRDs side by side, then all else in order. */
export async function applyAll(api: Api, ...places: string[]): Promise<void> {
  const files = places.flatMap((place) =>
    fs.statSync(place).isDirectory() ? fs.readdirSync(place).map((file) => path.join(place, file)) : [place],
  );
  const objects = files
    .flatMap((file) => parseAllDocuments(fs.readFileSync(file, "utf8")))
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
  const isCrd = ({ kind }: KubeObject) => kind === "CustomResourceDefinition";
  const crds = objects.filter(isCrd);
  await Promise.all(crds.map((crd) => api.apply(crd)));
  await waitFor("the new kinds", () => api.offers(crds.flatMap(kindsOf)));
  for (const object of objects.filter((each) => !isCrd(each))) await api.apply(object);
}

/** The kinds that a CRD defines, as `group/version/Kind`. */
function kindsOf({ spec }: KubeObject): string[] {
  const { group, names, versions } = spec as {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean }[];
  };
  return versions.filter(({ served }) => served).map(({ name }) => `${group}/${name}/${names.kind}`);
}
