import { isListOf, isOneOf, isText, objectOf, type ShapeOf } from "@/components/shell";

const isSaved = objectOf({ type: isOneOf("saved"), from: isText, path: isText });
const isEditing = objectOf({ type: isOneOf("editing"), from: isText, paths: isListOf(isText) });
const isHello = objectOf({ type: isOneOf("hello"), from: isText });
type Message = ShapeOf<typeof isSaved> | ShapeOf<typeof isEditing> | ShapeOf<typeof isHello>;

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
    const message: unknown = event.data;
    if (isSaved(message)) {
      heard.saved(message.path);
    } else if (isHello(message)) {
      send({ type: "editing", from, paths: own });
    } else if (isEditing(message)) {
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
