import { describe, expect, it } from "vitest";
import { removeVolumeUsers } from "../../tasks/database/removeVolumeUsers";
import { object } from "../support/apiServer";
import { api, label } from "../support/api";

describe("a volume's users", () => {
  it("go before it where they are of this stack, known or not", async () => {
    const server = (name: string, of: string) =>
      object("apps/v1", "StatefulSet", `db/${name}`, {}, { labels: { [label]: of } });
    api.put(server("ours", "me"), server("theirs", "somebody else"));
    const users = ["ours", "theirs", "gone"].map((name) => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      namespace: "db",
      name,
    }));
    await removeVolumeUsers(api.cluster, { installation: "me", users });
    expect(await api.cluster.getAll(users)).toMatchObject([
      undefined,
      { metadata: { name: "theirs" } },
      undefined,
    ]);
  });
});
