// test/edge/raw-socket: a WebSocket written by hand on a TCP connection, to close it in ways that no WebSocket class offers.

import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Socket } from "node:net";

const [TEXT, CLOSE] = [0x81, 0x88];

export interface RawSocket {
  send(message: object): void;
  close(code: number): void; // a close frame, the connection stays
  end(): void; // FIN without a close frame
  reset(): void; // RST
}

/** Opens a session's socket. */
export function openRawSocket(url: string, path: string): Promise<RawSocket> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  };
  return new Promise((resolve, reject) => {
    const upgrade = request(new URL(path, url), { headers });
    upgrade.once("error", reject);
    upgrade.once("response", ({ statusCode }) => reject(new Error(`status ${statusCode}`)));
    upgrade.once("upgrade", (_, connection: Socket) => {
      connection.on("error", () => {}); // of a connection that this side resets
      connection.resume();
      resolve({
        send: (message) => connection.write(frame(TEXT, Buffer.from(JSON.stringify(message)))),
        close: (code) => connection.write(frame(CLOSE, Buffer.of(code >> 8, code & 255))),
        end: () => connection.end(),
        reset: () => connection.resetAndDestroy(),
      });
    });
    upgrade.end();
  });
}

/** A frame of at most 125 bytes, masked as a client's must be. */
function frame(kind: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = payload.map((byte, at) => byte ^ mask[at % 4]!);
  return Buffer.concat([Buffer.of(kind, 0x80 | payload.length), mask, masked]);
}
