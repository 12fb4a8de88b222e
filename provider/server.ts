import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService, type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isForUser } from "../kube/wait";
import { parseHome, version } from "./home";
import { Resources, type Properties } from "./resources";

/*
 * The protocol between the engine and a provider: pulumi/pulumi, proto/pulumi/provider.proto. The SDK's own server
 * (@pulumi/pulumi/provider) does without DiffConfig, and dies of a parameter that is refused.
 */

/** Serves on a free port of this machine. @returns the port */
export function serve(): Promise<number> {
  const server = new grpc.Server();
  server.addService(ResourceProviderService, provider());
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

function provider(): IResourceProviderServer {
  const resources = new Resources();
  return {
    // The first thing that the engine does with a provider out of the state, and waits for: what comes later is asked of
    // several providers at once.
    parameterize: answering(async (request: rpc.ParameterizeRequest) => {
      const value = request.getValue();
      await resources.enter(parseHome(Buffer.from(value?.getValue_asU8() ?? []).toString("utf8")));
      const response = new rpc.ParameterizeResponse();
      response.setName(value?.getName() ?? "");
      response.setVersion(value?.getVersion() ?? "");
      return response;
    }),
    getPluginInfo: answering(() => {
      const response = new PluginInfo();
      response.setVersion(version);
      return response;
    }),
    getSchema: answering(() => {
      const response = new rpc.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    }),
    checkConfig: answering((request: rpc.CheckRequest) => checked(request)),
    diffConfig: answering(async (request: rpc.DiffRequest) => {
      const [before, after] = [propertiesOf(request.getOldInputs()), propertiesOf(request.getNews())];
      return difference(await resources.moves(before, after));
    }),
    configure: answering(() => {
      const response = new rpc.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    check: answering((request: rpc.CheckRequest) => checked(request)),
    diff: answering(async (request: rpc.DiffRequest) => {
      const [before, after] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      return difference(await resources.diff(typeOf(request.getUrn()), before, after));
    }),
    create: answering((request: rpc.CreateRequest) => {
      const made = resources.create(typeOf(request.getUrn()), propertiesOf(request.getProperties()));
      const response = new rpc.CreateResponse();
      response.setId(request.getPreview() ? "" : made.id);
      response.setProperties(Struct.fromJavaScript(made.properties));
      return response;
    }),
    read: answering(async (request: rpc.ReadRequest) => {
      const seen = await resources.read(typeOf(request.getUrn()), propertiesOf(request.getProperties()));
      const response = new rpc.ReadResponse();
      response.setId(request.getId());
      response.setInputs(request.getInputs());
      response.setProperties(Struct.fromJavaScript(seen));
      return response;
    }),
    update: answering((request: rpc.UpdateRequest) => {
      const [before, after] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const response = new rpc.UpdateResponse();
      response.setProperties(Struct.fromJavaScript(resources.update(before, after)));
      return response;
    }),
    delete: answering(() => new Empty()),
    cancel: answering(() => new Empty()),
    attach: answering(() => new Empty()),
    handshake: missing,
    invoke: missing,
    call: missing,
    construct: missing,
    getMapping: missing,
    getMappings: missing,
    list: (call) => {
      call.destroy(new Error("there is nothing to list"));
    },
  };
}

/** Answers a request, or refuses it with a text for the user. */
const answering =
  <Request, Response>(answer: (request: Request) => Response | Promise<Response>) =>
  ({ request }: { readonly request: Request }, done: grpc.sendUnaryData<Response>): void => {
    Promise.resolve(request)
      .then(answer)
      .then(
        (response) => {
          done(null, response);
        },
        (error: unknown) => {
          const details = error instanceof Error ? error.message : String(error);
          // A bug wants its stack; what the user can do something about is told in a sentence.
          if (!isForUser(error)) console.error(error);
          done({ code: grpc.status.FAILED_PRECONDITION, details });
        },
      );
  };

const missing = (_: unknown, done: grpc.sendUnaryData<never>): void => {
  done({ code: grpc.status.UNIMPLEMENTED });
};

function checked(request: rpc.CheckRequest): rpc.CheckResponse {
  const response = new rpc.CheckResponse();
  response.setInputs(request.getNews());
  return response;
}

function difference(changed: readonly string[]): rpc.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
  const response = new rpc.DiffResponse();
  response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList([...changed]);
  return response;
}

/** Those that are texts: no others are declared, and what is not known yet comes as a text, too. */
function propertiesOf(struct: Struct | undefined): Properties {
  const entries = Object.entries(struct?.toJavaScript() ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** `urn:pulumi:dev::orchestrator::package:index:Type::name`, where the type may be that of its parents before it. */
const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1)?.split(":").at(-1) ?? "";
