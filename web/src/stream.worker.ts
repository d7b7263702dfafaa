// SPDX-License-Identifier: Apache-2.0
// Owns the one stream of a browser. A browser opens six connections to a host over HTTP/1.1, so a
// stream for each tab would hang the seventh tab for ever.
import { Stream, type Word } from "./stream.ts";

export interface Hello {
  sort: "hello" | "bye";
  url: string;
  // Whose stream it is: another one who signs in must not see with the former one's eyes.
  actor: string;
}

const pages = new Map<MessagePort, string>();
let stream: Stream | undefined;
// The last word of how other nodes are heard: a page that opens need not wait for the next.
let connections: Word | undefined;
let owner = "";

function tell(word: Word): void {
  if (word.sort === "event" && word.event === "connections") connections = word;
  else if (word.sort === "link" && word.state !== "up") connections = undefined;
  for (const [page, actor] of pages) if (actor === owner) page.postMessage(word);
}

function hear(page: MessagePort, hello: Hello): void {
  if (hello.sort === "bye") {
    pages.delete(page);
    if (pages.size === 0) {
      stream?.stop();
      stream = undefined;
    }
    return;
  }
  pages.set(page, hello.actor);
  if (stream === undefined || hello.actor !== owner) {
    stream?.stop();
    owner = hello.actor;
    connections = undefined;
    stream = new Stream(hello.url, tell);
  }
  page.postMessage(stream.state);
  if (connections) page.postMessage(connections);
}

addEventListener("connect", (event) => {
  const page = (event as MessageEvent).ports[0];
  if (!page) return;
  page.onmessage = (message: MessageEvent<Hello>): void => hear(page, message.data);
});
