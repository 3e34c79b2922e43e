// bench/heap: how much memory JavaScript holds in the Worker's isolate, asked over its inspector.

interface HeapUsage {
  totalSize: number; // of JavaScript's heap, what is free in it included
  embedderHeapUsedSize: number; // what the runtime keeps for it
  backingStorageSize: number; // of array buffers; WebAssembly's memory is not among them
}

export interface Heap {
  bytes: number; // garbage that is not collected yet included
  liveBytes: number; // after a collection
}

/** What JavaScript holds in memory; `wake` sends the Worker a request: an idle one answers nothing. */
export async function measureHeap(inspector: URL, wake: () => Promise<unknown>): Promise<Heap> {
  const listed = await fetch(new URL("/json", inspector.href.replace(/^ws/, "http")));
  const targets = (await listed.json()) as { id: string; webSocketDebuggerUrl: string }[];
  const worker = targets.find(({ id }) => id.endsWith("user:afterword"))!;
  const socket = new WebSocket(worker.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const ask = async <Result>(method: string): Promise<Result> => {
    const answers: { result: Result }[] = [];
    socket.addEventListener("message", ({ data }) => answers.push(JSON.parse(data)), {
      once: true,
    });
    socket.send(JSON.stringify({ id: 1, method }));
    while (answers.length === 0) await wake();
    return answers[0]!.result;
  };
  const measure = async () => {
    const usage = await ask<HeapUsage>("Runtime.getHeapUsage");
    return usage.totalSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
  };
  const bytes = await measure();
  await ask("HeapProfiler.collectGarbage");
  const liveBytes = await measure();
  socket.close();
  return { bytes, liveBytes };
}
