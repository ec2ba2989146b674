export { type ApiClient, onSignedOut, useTRPC, useTRPCClient } from "./client";
export { errorText, toErrorBody } from "./errors";
export { ApiProvider } from "./provider";
