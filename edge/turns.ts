// edge/turns: turns of long calls. An isolate computes one thing at a time: however many long calls are under way, only one of
// them computes between two looks at what has arrived meanwhile, such as a neighbour's keystroke, and they take turns at that.
//
// A call cannot wait for another's promise, which never settles where that call's client has gone. So each looks for itself
// whether it is next, and those behind a call that has gone notice that it no longer looks.

interface WaitingCall {
  missed: number; // how often others have looked since it did
}

/** Calls that wait for their turn, who has waited longest first. */
const waiting = new Set<WaitingCall>();

/** How many turns were taken. */
let taken = 0;

/** A call has gone that did not look while each of the others did so often; where it has not, it waits anew. */
const GONE_LOOKS = 10;

/** Resolves when it is the caller's turn to compute, after the events that wait now. */
export async function nextTurn(): Promise<void> {
  const call: WaitingCall = { missed: 0 };
  for (;;) {
    waiting.add(call);
    const before = taken;
    // the next but one can wait until another has computed, which takes a millisecond or more
    await scheduler.wait(Math.max(placeOf(call) - 1, 0));
    call.missed = 0;
    const [first] = waiting;
    if (first === call && taken === before) break;
    if (first && first !== call && ++first.missed > GONE_LOOKS * waiting.size) waiting.delete(first); // prettier-ignore
  }
  waiting.delete(call);
  taken++;
}

function placeOf(call: WaitingCall): number {
  let place = 0;
  for (const other of waiting) {
    if (other === call) break;
    place++;
  }
  return place;
}
