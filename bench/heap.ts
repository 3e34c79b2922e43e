// bench/heap: how much memory JavaScript holds in the Worker's isolate, asked over its inspector.

interface HeapUsage {
  totalSize: number; // of JavaScript's heap, what is free in it included
  embedderHeapUsedSize: number; // what the runtime keeps for it
  backingStorageSize: number; // of array buffers; WebAssembly's memory is not among them
}

/** In bytes, after the garbage is gone. */
export async function measureHeap(inspector: URL): Promise<number> {
  const listed = await fetch(new URL("/json", inspector.href.replace(/^ws/, "http")));
  const targets = (await listed.json()) as { id: string; webSocketDebuggerUrl: string }[];
  const worker = targets.find(({ id }) => id.endsWith("user:afterword"))!;
  const socket = new WebSocket(worker.webSocketDebuggerUrl);
  await new Promise((settle) => socket.addEventListener("open", settle, { once: true }));
  const call = <Result>(method: string) =>
    new Promise<Result>((settle) => {
      socket.addEventListener("message", ({ data }) => settle(JSON.parse(data).result), { once: true }); // prettier-ignore
      socket.send(JSON.stringify({ id: 1, method }));
    });
  await call("HeapProfiler.collectGarbage");
  const usage = await call<HeapUsage>("Runtime.getHeapUsage");
  socket.close();
  return usage.totalSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
}
