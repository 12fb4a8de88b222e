/** The database that the custom resource of a release up to 1.4 refers to. */
export const database = {
  serviceName: "pg",
  serviceNamespace: "db",
  authSecret: { name: "login", userKey: "user", passwordKey: "password" },
  database: "sonataflow",
};

/** A Subscription with a value for each of its settings, as that custom resource has it. */
export const subscription = {
  channel: "c",
  installPlanApproval: "Manual",
  name: "n",
  namespace: "ns",
  sourceName: "s",
  startingCSV: "v1",
};
