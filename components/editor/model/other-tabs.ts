import { z } from "zod";

const messageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("saved"), from: z.string(), path: z.string() }),
  z.object({ type: z.literal("editing"), from: z.string(), paths: z.array(z.string()) }),
  z.object({ type: z.literal("hello"), from: z.string() }),
]);
type Message = z.infer<typeof messageSchema>;

export interface OtherTabs {
  announceSaved(path: string): void;
  /** Which files have unsaved text here. */
  announceEditing(paths: string[]): void;
  close(): void;
}

/** Talks with the other tabs of this browser that have the same workspace open. */
export function openOtherTabs(
  workspaceId: string,
  heard: { saved: (path: string) => void; editing: (paths: string[]) => void },
): OtherTabs {
  const channel = new BroadcastChannel(`millrace:${workspaceId}`);
  const from = crypto.randomUUID();
  const edited = new Map<string, string[]>();
  let own: string[] = [];
  const send = (message: Message) => channel.postMessage(message);
  channel.onmessage = (event) => {
    const parsed = messageSchema.safeParse(event.data);
    if (!parsed.success) {
      return;
    }
    const message = parsed.data;
    if (message.type === "saved") {
      heard.saved(message.path);
    } else if (message.type === "hello") {
      send({ type: "editing", from, paths: own });
    } else {
      edited.set(message.from, message.paths);
      heard.editing([...edited.values()].flat());
    }
  };
  send({ type: "hello", from });
  return {
    announceSaved: (path) => send({ type: "saved", from, path }),
    announceEditing(paths) {
      own = paths;
      send({ type: "editing", from, paths });
    },
    close() {
      send({ type: "editing", from, paths: [] });
      channel.close();
    },
  };
}
