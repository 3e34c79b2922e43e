// cli/signals: Ctrl-C and SIGTERM as an AbortSignal, so that work ends where it is safe to.

/** A signal that aborts, with this message as its reason, on the first SIGINT or SIGTERM; a second one kills. */
export function abortOnSignals(message: string): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = () => {
    release();
    controller.abort(new Error(message));
  };
  const release = () => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return { signal: controller.signal, release };
}
