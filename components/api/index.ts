export { type ApiClient, onSignedOut, pageId, useTRPC, useTRPCClient } from "./client";
export { errorText, toErrorBody } from "./errors";
export { ApiProvider } from "./provider";
