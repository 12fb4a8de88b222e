import * as fs from "node:fs";
import type { Sandbox } from "../../sandbox/src";

/** What a piece of work took of the machine, all of its processes together. */
export interface Usage {
  /** The most memory that was resident at once; pages that processes share count for each. */
  readonly peakBytes: number;
  /** Processor time. */
  readonly cpuSeconds: number;
  /** The same by the program that ran. */
  readonly cpuByProgram: Readonly<Record<string, number>>;
}

const samplesPerSecond = 4;
const ticksPerSecond = 100; // USER_HZ, the same on every Linux

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

/** Watches all that this process starts while the work goes on, and `services` that run already and take part in it. */
export async function watched<T>(
  services: ReadonlySet<number>,
  work: () => Promise<T>,
): Promise<{ result: T; usage: Usage }> {
  const running = subjects(new Set());
  const outside = new Set(running.map(({ pid }) => pid).filter((pid) => !services.has(pid)));
  const before = new Map(running.map((each) => [each.pid, each.cpuSeconds]));
  const last = new Map<number, Process>();
  let peakBytes = 0;
  const sample = () => {
    const now = subjects(outside);
    for (const each of now) last.set(each.pid, each);
    peakBytes = Math.max(peakBytes, sum(now.map(({ residentBytes }) => residentBytes)));
  };

  const timer = setInterval(sample, 1000 / samplesPerSecond);
  try {
    const result = await work();
    sample();
    const cpuByProgram: Record<string, number> = {};
    for (const { pid, program, cpuSeconds } of last.values()) {
      cpuByProgram[program] = (cpuByProgram[program] ?? 0) + cpuSeconds - (before.get(pid) ?? 0);
    }
    return { result, usage: { peakBytes, cpuSeconds: sum(Object.values(cpuByProgram)), cpuByProgram } };
  } finally {
    clearInterval(timer);
  }
}

/** The stand-ins for plugins, which run all the time. Official ones are started by the engine. */
export function standIns({ processes }: Sandbox): Set<number> {
  const services = [...processes.services.values()].filter(({ name }) => name.startsWith("plugin-"));
  return new Set(services.map(({ child }) => child.pid).filter((pid) => pid !== undefined));
}

/** The processes below this one, without the branches that start `outside`. */
function subjects(outside: ReadonlySet<number>): Process[] {
  const children = new Map<number, Process[]>();
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const found = read(Number(pid));
    if (found && !outside.has(found.pid))
      children.set(found.parent, [...(children.get(found.parent) ?? []), found]);
  }
  const below = (pid: number): Process[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(process.pid);
}

function read(pid: number): Process | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, program = ""] = /\((.*)\)/s.exec(stat) ?? [];
    // From the third field on; the numbers are those of proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const field = (number: number) => Number(fields[number - 3]);
    return {
      pid,
      parent: field(4),
      program,
      residentBytes: field(24) * 4096,
      cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    };
  } catch {
    return undefined; // it has ended
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
