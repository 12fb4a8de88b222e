/* What manifests name that comes from elsewhere. */

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Every `image` in a manifest, at whatever depth. */
export function imagesIn(manifest: unknown): string[] {
  if (!isTree(manifest)) return [];
  return Object.entries(manifest).flatMap(([key, value]) =>
    key === "image" && typeof value === "string" ? [value] : imagesIn(value),
  );
}

interface Task {
  readonly params: readonly { readonly name: string; readonly default?: string }[];
  readonly steps: readonly { readonly image: string; readonly script: string }[];
}

/** The images of a Task's steps; a parameter is its default, which the pipeline leaves as it is. */
export const imagesOfTask = ({ params, steps }: Task): string[] =>
  steps.map(({ image }) =>
    image.replace(
      /\$\(params\.([^)]+)\)/g,
      (text, name: string) => params.find((param) => param.name === name)?.default ?? text,
    ),
  );

/** What the scripts of a Task's steps fetch: addresses, and the packages of the image's own repositories. */
export const downloadsOfTask = ({ steps }: Task): string[] =>
  steps.flatMap(({ script }) => [
    ...[...script.matchAll(/https:\/\/\S+/g)].map(([url]) => url),
    ...[...script.matchAll(/microdnf install -y ([^#\n]+)/g)].map(
      ([, names = ""]) => `RPMs: ${names.trim()}`,
    ),
  ]);
