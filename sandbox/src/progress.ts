/** What a sandbox says while it works. */
export interface Progress {
  line(text: string): void;
  /** Something that takes time; the returned function ends it and says how long it took. */
  start(name: string, version: string, what: string): () => string;
}

/** Lines, and on a terminal a ticking one for what takes time. */
export function printTo(stream: NodeJS.WriteStream): Progress {
  return {
    line: (text) => stream.write(`${text}\n`),
    start(name, version, what) {
      const begun = Date.now();
      const text = `${name} ${version} ${what}`;
      let took: string | undefined;
      let timer: NodeJS.Timeout | undefined;
      if (stream.isTTY) {
        const tick = () => stream.write(`\r\u001b[K${text}: ${duration(Date.now() - begun)}`);
        tick();
        timer = setInterval(tick, 1000);
      } else {
        stream.write(`${text} ...\n`);
      }
      return () => {
        if (timer) {
          clearInterval(timer);
          timer = undefined;
          stream.write("\r\u001b[K");
        }
        return (took ??= duration(Date.now() - begun));
      };
    },
  };
}

export const silent: Progress = {
  line: () => undefined,
  start: () => {
    const begun = Date.now();
    return () => duration(Date.now() - begun);
  },
};

/** "3 min 55 s", "12.3 s". */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds) % 60} s`;
}
