// inference/position-error: an edit that a session's text does not allow, as plain data. HTTP statuses are edge/errors'.

/** Why an edit was refused; `edge/errors` has a status for each. */
export type PositionErrorKind =
  | "position_past_end"
  | "position_not_retained"
  | "text_differs"
  | "text_uncertain"
  | "text_too_long";

/**
 * Thrown where an edit begins outside of what a session holds, or would make it too long.
 *
 * @example
 * throw new PositionError("position_past_end", "at is 9, past the end", { at: 9, start: 0, end: 5 });
 */
export class PositionError extends Error {
  readonly kind: PositionErrorKind;
  /** Where the edit begins, and from where to where the session holds its text; UTF-16 units. */
  readonly range: { at: number; start: number; end: number };

  constructor(
    kind: PositionErrorKind,
    message: string,
    range: { at: number; start: number; end: number },
  ) {
    super(message);
    this.name = "PositionError";
    this.kind = kind;
    this.range = range;
  }
}
