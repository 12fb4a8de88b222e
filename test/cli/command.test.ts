import { describe, expect, it } from "vitest";
import { answerTo, type Command } from "../../cli/command";

const command: Command = {
  usage: "Usage: …",
  options: ["stack", "output"],
  failure: 3,
  run: ({ stack = "none" }) => Promise.resolve({ text: `of ${stack}`, report: { stack }, code: 2 }),
};

describe("a command", () => {
  it("answers as text, and as JSON", async () => {
    expect(await answerTo(command, ["--stack", "dev"])).toEqual({ text: "of dev", code: 2 });
    expect(await answerTo(command, ["--stack=dev", "-o", "json"])).toEqual({
      text: '{\n  "stack": "dev"\n}',
      code: 2,
    });
  });

  it("says how it is used", async () => {
    expect(await answerTo(command, ["-h"])).toEqual({ text: "Usage: …", code: 0 });
  });

  it.each([
    [["--stak", "dev"], "Unknown option '--stak'"],
    [["--stack"], "argument missing"],
    [["-o", "yaml"], '--output is "yaml": there are text and json'],
    [["dev"], "Unexpected argument 'dev'"],
  ])("refuses %j, and says what is wrong", async (args, message) => {
    await expect(answerTo(command, args)).rejects.toThrow(message);
  });
});
