// bench/heap: how much memory JavaScript holds in the Worker's isolate, asked over its inspector.

interface HeapUsage {
  totalSize: number; // of JavaScript's heap, what is free in it included
  embedderHeapUsedSize: number; // what the runtime keeps for it
  backingStorageSize: number; // of array buffers; WebAssembly's memory is not among them
}

/** In bytes, garbage that is not collected yet included. */
export async function measureHeap(inspector: URL): Promise<number> {
  const listed = await fetch(new URL("/json", inspector.href.replace(/^ws/, "http")));
  const targets = (await listed.json()) as { id: string; webSocketDebuggerUrl: string }[];
  const worker = targets.find(({ id }) => id.endsWith("user:afterword"))!;
  const socket = new WebSocket(worker.webSocketDebuggerUrl);
  await new Promise((settle) => socket.addEventListener("open", settle, { once: true }));
  const { promise, resolve } = Promise.withResolvers<{ result: HeapUsage }>();
  socket.addEventListener("message", ({ data }) => resolve(JSON.parse(data)), { once: true });
  socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
  const { result } = await promise;
  socket.close();
  return result.totalSize + result.embedderHeapUsedSize + result.backingStorageSize;
}
